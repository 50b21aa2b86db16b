import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PsEntry } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { type DaemonProcess, startDaemon } from './daemon-process.js';

const sleeper = { runtime: 'custom', command: ['sleep', '1000'] };
const binding = (config: object) => ({ ...sleeper, bindings: [{ type: 'secrets', config }] });
const WAITS = binding({ A: { from: 'vault', key: 'not-set' } });

const edit = (it: DaemonProcess, config: object) => {
  writeFileSync(join(it.folder, 'dreamnet.yaml'), JSON.stringify({ version: 1, ...config }));
  return it.client().send<{ changes: string[] }>('POST', '/api/apply');
};
const byName = async (it: DaemonProcess) => {
  const { agents } = await it.client().get<{ agents: PsEntry[] }>('/api/ps');
  return new Map(agents.map((agent) => [agent.id, agent]));
};
const runs = (agents: ReadonlyMap<string, PsEntry>, ...names: string[]) =>
  names.every((name) => typeof agents.get(name)?.pid === 'number');
const gaps = async (it: DaemonProcess) => JSON.stringify(await it.client().get('/api/gaps'));

test('apply: whoever waited for a secret is started when the file no longer asks for it, or asks for one that is there', async () => {
  const it = await startDaemon({
    agents: { dropped: WAITS, other: WAITS, still: WAITS, runs: sleeper, off: WAITS },
  });
  it.cli('stop', 'off');
  const before = await byName(it);
  expect(before.get('dropped')).toMatchObject({ status: 'pending', pid: null });

  const fromHome = binding({ B: { from: 'env', name: 'HOME' } });
  await edit(it, {
    agents: {
      ...{ dropped: sleeper, other: fromHome, runs: sleeper, off: sleeper },
      still: { ...WAITS, domain: 'social' },
    },
  });
  const after = await it.until('both to run', async () => {
    const agents = await byName(it);
    return runs(agents, 'dropped', 'other') && agents;
  });
  expect(after.get('runs')?.pid).toBe(before.get('runs')?.pid);
  // What is missing still is told still, and who was stopped stays so.
  expect(after.get('still')).toMatchObject({ status: 'pending', pid: null });
  expect(await gaps(it)).toContain('still');
  await it.until('the gaps that are closed to be gone', async () => !(await gaps(it)).includes('dropped'));
  expect(after.get('off')?.pid).toBeNull();
});

test('apply: of two that waited for a secret, and of which one comes after the other now, both are started, in order', async () => {
  const it = await startDaemon({ agents: { second: WAITS, first: WAITS } });
  const behind = { ...sleeper, dependsOn: ['first'], start: { waitFor: '60s' } };
  const { changes } = await edit(it, { agents: { second: behind, first: sleeper } });
  expect(changes[0]).toBe('first: changed and started');
  expect(changes[1]).toMatch(/^second: changed(, waits for first| and started)$/);
  await it.until('both to run', async () => {
    return runs(await byName(it), 'first', 'second');
  });
});
