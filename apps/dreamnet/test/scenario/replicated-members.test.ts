import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GroupView, ScaleView } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { type DaemonProcess, startDaemon } from './daemon-process.js';
import { everybodyRuns, noted, noting, pids, ps } from './noted-fleet.js';

/** Notes its start and its end by the name it was given; fails at once while the file `NAME.broken` is there. */
const agent = (name: string, more: object = {}) => ({
  runtime: 'custom',
  command: noting('$DREAMNET_AGENT', `test -e ${name}.broken && exit 1`),
  restart: { backoff: { initial: '20ms', max: '50ms', resetAfter: '200ms' } },
  ...more,
});

const line = (strategy: string, web: object = { replicas: 2 }, intensity = 3) => ({
  agents: { a: agent('a'), web: agent('web', web), c: agent('c') },
  groups: { line: { strategy, members: ['a', 'web', 'c'], intensity, period: '3s', retryAfter: '500ms' } },
});

const group = (own: DaemonProcess) => own.client().get<GroupView>('/api/groups/line');

test('replicated member: a replica that crashes beside another one starts again alone, and does not count', async () => {
  const own = await startDaemon(line('one_for_all'));
  await noted(own, 4);
  await everybodyRuns(own);
  const before = await pids(own);
  process.kill(before['web#1'] ?? 0, 'SIGKILL');
  expect((await noted(own, 5)).slice(4)).toEqual(['web#1 starts']);
  await everybodyRuns(own);
  const after = await pids(own);
  expect(Object.keys(before).filter((name) => before[name] !== after[name])).toEqual(['web#1']);
  expect(await group(own)).toMatchObject({ running: 3, recentRestarts: 0, phase: 'running' });
});

test('replicated member: when none of it runs the strategy acts: all its replicas, and those after it', async () => {
  const own = await startDaemon(line('rest_for_one'));
  await noted(own, 4);
  await everybodyRuns(own);
  const before = await pids(own);
  // Stopped first, so that both are gone before either is back.
  for (const id of ['web#1', 'web#2']) process.kill(before[id] ?? 0, 'SIGSTOP');
  for (const id of ['web#1', 'web#2']) process.kill(before[id] ?? 0, 'SIGKILL');
  await own.until('the restart', async () => (await group(own)).recentRestarts === 1);
  await everybodyRuns(own);
  const after = await pids(own);
  expect([after.a === before.a, after.c === before.c]).toEqual([true, false]);
  expect((await group(own)).lastDecision?.restarted).toEqual(['web#1', 'web#2', 'c']);
});

test('replicated member: it ends and starts with a member before it, in order', async () => {
  const own = await startDaemon(line('rest_for_one'));
  await noted(own, 4);
  await everybodyRuns(own);
  process.kill((await pids(own)).a ?? 0, 'SIGKILL');
  const seen = (await noted(own, 11)).slice(4);
  expect(seen).toEqual([
    ...['c ends', 'web#2 ends', 'web#1 ends'],
    ...['a starts', 'web#1 starts', 'web#2 starts', 'c starts'],
  ]);
});

test('replicated member: a crash loop of all its replicas makes the group give up, and it comes back when the cause is gone', async () => {
  const own = await startDaemon(line('one_for_one', { replicas: 2 }, 1));
  await noted(own, 4);
  await everybodyRuns(own);
  writeFileSync(join(own.folder, 'web.broken'), '');
  const before = await pids(own);
  for (const id of ['web#1', 'web#2']) process.kill(before[id] ?? 0, 'SIGKILL');
  await own.until('the group to give up', async () => (await group(own)).circuit !== 'closed');
  rmSync(join(own.folder, 'web.broken'));
  await everybodyRuns(own);
  await own.until('the circuit to close', async () => (await group(own)).circuit === 'closed');
});

test('replicated member: scaled up and down it stays the member, and a rolling restart of it disturbs nobody', async () => {
  const own = await startDaemon(line('one_for_all', { replicas: 1, rolling: { readyWithin: '20s' } }));
  await noted(own, 3);
  await everybodyRuns(own);
  const before = await pids(own);
  expect(own.cli('scale', 'web', '3').status).toBe(0);
  await own.until('three replicas', async () => (await ps(own)).has('web#3'));
  await everybodyRuns(own);
  expect(own.cli('restart', 'web', '--rolling').stdout).toContain('done');
  expect(own.cli('scale', 'web', '2').status).toBe(0);
  await own.until('two replicas', async () => {
    const view = await own.client().get<ScaleView>('/api/agents/web/scale');
    return view.replicas.length === 2;
  });
  const after = await pids(own);
  expect([after.a === before.a, after.c === before.c]).toEqual([true, true]);
  expect(await group(own)).toMatchObject({ running: 3, recentRestarts: 0 });
  process.kill(after.a ?? 0, 'SIGKILL');
  await own.until('the restart of all', async () => (await group(own)).recentRestarts === 1);
  await everybodyRuns(own);
  expect(await group(own)).toMatchObject({ phase: 'running' });
  expect(own.cli('stop', 'line').status).toBe(0);
  expect([...own.processes().values()].flat()).toEqual([]);
  expect(own.cli('start', 'line').status).toBe(0);
  await everybodyRuns(own);
});

test('replicated member: kill -9 of the daemon while the group restarts: the next one finishes it, each once', async () => {
  const own = await startDaemon(line('one_for_all'));
  await noted(own, 4);
  await everybodyRuns(own);
  const before = await pids(own);
  process.kill(before.a ?? 0, 'SIGKILL');
  await noted(own, 5);
  await own.kill('SIGKILL');
  await own.up();
  await everybodyRuns(own);
  const after = await pids(own);
  for (const name of ['a', 'web#1', 'web#2', 'c']) {
    expect(after[name]).not.toBe(before[name]);
    expect(own.processes().get(name)).toEqual([after[name]]);
  }
  const starts = (await noted(own, 11)).filter((one) => one.endsWith('starts'));
  expect(starts.toSorted()).toEqual(
    ['a', 'a', 'c', 'c', 'web#1', 'web#1', 'web#2', 'web#2'].map((name) => `${name} starts`),
  );
});
