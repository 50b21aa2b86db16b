import type { PsEntry } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import type { ReactionOutcome } from '../../src/daemon/secret-desk.js';
import { type DaemonProcess, startDaemon } from './daemon-process.js';

const bound = (key: string, more: object = {}) => ({
  type: 'secrets',
  config: { KEY: { from: 'vault', key } },
  ...more,
});

const PICKY = 'case "$KEY" in good*) exec sleep 1000;; esac; echo "no use for this key" >&2; exit 3';

async function startWith(agents: Record<string, object>): Promise<DaemonProcess> {
  const it = await startDaemon({ context: { environment: 'production' }, agents });
  return it;
}

async function setSecret(it: DaemonProcess, key: string, value: string): Promise<ReactionOutcome[]> {
  const { outcomes } = await it
    .client()
    .send<{ outcomes: ReactionOutcome[] }>('PUT', `/api/vault/${key}`, { value });
  return outcomes;
}

async function pidOf(it: DaemonProcess, agent: string): Promise<number | null | undefined> {
  const { agents } = await it.client().get<{ agents: PsEntry[] }>('/api/ps');
  return agents.find(({ name }) => name === agent)?.pid;
}

test('secret changes: an agent that ends at once with its new value is a failure with its last words, of set and of rotate', {
  timeout: 60_000,
}, async () => {
  const it = await startWith({
    picky: { runtime: 'custom', command: ['sh', '-c', PICKY], bindings: [bound('token')] },
    calm: { runtime: 'custom', command: ['sleep', '1000'], bindings: [bound('token')] },
  });
  expect(await setSecret(it, 'token', 'good-one')).toMatchObject([
    { agent: 'picky', action: 'start', ok: true },
    { agent: 'calm', action: 'start', ok: true },
  ]);
  const [picky, calm] = await setSecret(it, 'token', 'bad-value-of-it');
  expect(picky).toMatchObject({ agent: 'picky', ok: false });
  expect(picky?.because).toMatch(/does not run: .*3.*no use for this key/s);
  expect(calm).toMatchObject({ agent: 'calm', action: 'restart', ok: true });
  const rotated = it.cli('bindings', 'rotate', 'picky', '--json');
  expect([rotated.status, JSON.parse(rotated.stdout).ok]).toEqual([1, false]);
  expect(await setSecret(it, 'token', 'good-again')).toMatchObject([{ ok: true }, { ok: true }]);
});

test('secret changes: a binding for another environment has nothing restarted, and one variable may have one of each', {
  timeout: 60_000,
}, async () => {
  const it = await startWith({
    worker: {
      runtime: 'custom',
      command: ['sleep', '1000'],
      bindings: [
        bound('live', { environment: 'production' }),
        bound('trial', { environment: 'development' }),
      ],
    },
  });
  await setSecret(it, 'live', 'value-of-production');
  const pid = await pidOf(it, 'worker');
  expect(pid).toBeTypeOf('number');
  expect(await setSecret(it, 'trial', 'value-of-development')).toEqual([]);
  expect(await pidOf(it, 'worker')).toBe(pid);
  expect(await setSecret(it, 'live', 'another-of-production')).toMatchObject([
    { action: 'restart', ok: true },
  ]);
  expect(await pidOf(it, 'worker')).not.toBe(pid);
});
