import type { AlertView } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { type DaemonProcess, startDaemon } from './daemon-process.js';

const beats = {
  runtime: 'custom',
  command: ['sleep', '1000'],
  protocol: 'heartbeat',
  start: { readyWithin: '1s' },
  health: { heartbeat: { ttl: '1s' } },
};
const SECRET = { type: 'secrets', config: { A: { from: 'vault', key: 'token' } } };

async function rulesOf(it: DaemonProcess, subsystem: string): Promise<string[]> {
  const { alerts } = await it.client().get<{ alerts: AlertView[] }>('/api/alerts');
  return alerts.filter((alert) => alert.subsystem === subsystem).map(({ labels }) => labels.rule ?? '');
}

test('a missing secret: reports are expected of nobody who was never started, and from the start on they are', async () => {
  const it = await startDaemon({ agents: { waits: { ...beats, bindings: [SECRET] }, silent: beats } });
  await it.until('the silence of the other one to be told', async () =>
    (await rulesOf(it, 'silent')).includes('heartbeat_missing'),
  );
  expect(await rulesOf(it, 'waits')).not.toContain('heartbeat_missing');
  await it.client().send('PUT', '/api/vault/token', { value: 'v' });
  expect(it.cli('start', 'waits').status).toBe(0);
  await it.until('its own silence to be told', async () =>
    (await rulesOf(it, 'waits')).includes('heartbeat_missing'),
  );
});
