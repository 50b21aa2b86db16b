import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Alert } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { type DaemonProcess, daemonOfTest } from './daemon-process.js';
import { ps } from './noted-fleet.js';

/** Runs for ever; ready once the file `NAME.ready` is there. */
const agent = (name: string, rest: object = {}) => ({
  ...{ runtime: 'custom', command: ['sh', '-c', 'exec sleep 1000'], ...rest },
  health: {
    probe: { exec: ['test', '-e', `${name}.ready`] },
    readiness: { every: '100ms' },
  },
});

async function alertsOf(it: DaemonProcess, subsystem: string): Promise<Alert[]> {
  const { alerts } = await it.client().get<{ alerts: Alert[] }>('/api/alerts?state=recent');
  return alerts.filter((alert) => alert.subsystem === subsystem);
}

const shown = (alerts: readonly Alert[]) => alerts.map(({ id, state }) => `${id} ${state}`).sort();

test('alerts: those of an agent that waits for its turn are not ended by a start of the daemon, and end when it is well', async () => {
  const it = daemonOfTest({
    agents: { a: agent('a'), b: agent('b', { dependsOn: ['a'], start: { waitFor: '2s' } }) },
    alerts: {
      rules: [{ name: 'unwell', on: 'status', subsystems: 'b', is: ['warn', 'error'] }],
    },
  });
  const ready = (name: string) => writeFileSync(join(it.folder, `${name}.ready`), '');
  ready('a');
  ready('b');
  await it.up();
  await it.until('b to be ready', async () => (await ps(it)).get('b')?.health.readiness.state === 'ready');
  rmSync(join(it.folder, 'b.ready'));
  await it.until('both alerts', async () => {
    const active = (await alertsOf(it, 'b')).filter(({ state }) => state === 'active');
    return active.length === 2;
  });
  const before = shown(await alertsOf(it, 'b'));
  it.cli('down');
  rmSync(join(it.folder, 'a.ready'));
  await it.up();
  expect((await ps(it)).get('b')?.phase).toBe('waiting');
  expect(shown(await alertsOf(it, 'b'))).toEqual(before);
  // It is started after its two seconds; an alert that was to end would have ended by then.
  await it.until('b to run', async () => (await ps(it)).get('b')?.pid ?? undefined);
  expect(shown(await alertsOf(it, 'b'))).toEqual(before);
  ready('b');
  await it.until('the alerts to end', async () => {
    return (await alertsOf(it, 'b')).every(({ state }) => state !== 'active');
  });
  expect(await alertsOf(it, 'b')).toHaveLength(2);
});
