import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { LocalProcessSpec, ProcessGroupSpec, SupervisedProcess } from '@dreamnet/contracts';
import { createId, sleep, systemClock } from '@dreamnet/kit';
import { expect, onTestFinished, test } from 'vitest';
import { createSupervisor } from '../../src/index.js';
import { Events, exists, FakeStore, QUICK_RESTART, specIn, startHarness } from '../fixtures/harness.js';
import { leaders, marked } from '../fixtures/marked.js';

const DAEMON = fileURLToPath(new URL('../fixtures/daemon.mjs', import.meta.url));
const HEALTHY = { ...QUICK_RESTART, backoff: { initialMs: 20, maxMs: 40, resetAfterMs: 0 } };

const group = (
  strategy: ProcessGroupSpec['strategy'],
  rest: Partial<ProcessGroupSpec> = {},
): ProcessGroupSpec => ({
  ...{ name: 'g', strategy, members: ['a', 'b', 'c'], intensity: 5, periodMs: 30_000 },
  ...{ retryAfterMs: 60_000, retryMaxMs: 60_000 },
  ...rest,
});

/** Notes each start, and on SIGTERM waits a while before it notes its end and ends. */
const noting = (id: string, endsAfter = '0') => [
  'sh',
  '-c',
  `trap 'sleep ${endsAfter}; echo "end ${id}" >> notes; exit 0' TERM; echo "start ${id}" >> notes; while :; do sleep 0.01; done`,
];
const notesIn = (dir: string) => readFileSync(join(dir, 'notes'), 'utf8').trim().split('\n');

/** Resolves when each of the three has written that it started. */
async function allNoted(dir: string, count: number): Promise<void> {
  while (!existsSync(join(dir, 'notes')) || notesIn(dir).length < count)
    await new Promise((resolve) => setTimeout(resolve, 5));
}

test('groups: rest_for_one ends those after the one that crashed, last first, and starts them in order', async () => {
  const { supervisor, spec, events, dir } = await startHarness();
  supervisor.setGroups([group('rest_for_one')]);
  for (const id of ['a', 'b', 'c']) await supervisor.launch(spec(id, noting(id), { restart: HEALTHY }));
  await allNoted(dir, 3);
  const before = new Map(supervisor.list().map(({ id, identity }) => [id, identity?.pid ?? 0]));
  process.kill(before.get('b') ?? 0, 'SIGKILL');
  await events.atLeast('group.restarted', 1, 'g');
  await allNoted(dir, 6);
  for (const id of ['b', 'c']) await events.atLeast('process.started', 2, id);
  // Both shells run at once then: which of them writes first, or is said to run, is not ours to say; in which order they came to be is.
  expect([notesIn(dir)[3], ...notesIn(dir).slice(4).sort()]).toEqual(['end c', 'start b', 'start c']);
  const age = ({ identity }: SupervisedProcess) => (identity?.startTicks ?? 0) * 1e7 + (identity?.pid ?? 0);
  const byAge = supervisor.list().toSorted((one, other) => age(one) - age(other));
  expect(byAge.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  const after = new Map(supervisor.list().map(({ id, identity }) => [id, identity?.pid ?? 0]));
  expect(after.get('a')).toBe(before.get('a'));
  expect([after.get('b') === before.get('b'), after.get('c') === before.get('c')]).toEqual([false, false]);
  expect(events.ofType('process.exited', 'c')).toMatchObject([{ exit: { endedWith: 'g', code: 0 } }]);
  expect(events.ofType('process.exited', 'b')[0]?.exit.endedWith).toBeUndefined();
});

test('groups: a member that is ended with others takes its whole tree along, also what left its session', async () => {
  const { supervisor, spec, events, instanceId } = await startHarness();
  supervisor.setGroups([group('one_for_all', { members: ['a', 'b'] })]);
  await supervisor.launch(spec('a', ['sleep', '1000'], { restart: HEALTHY }));
  const leaving = 'setsid sleep 1000 & (setsid sleep 1000 &) ; echo ready; exec sleep 1000';
  await supervisor.launch(spec('b', ['sh', '-c', leaving], { restart: HEALTHY, stopDeadlineMs: 200 }));
  while ((await supervisor.readLog('b', { stream: 'out' })).length === 0)
    await new Promise((resolve) => setTimeout(resolve, 5));
  const tree = marked(instanceId, 'b').filter(exists);
  process.kill(supervisor.get('a')?.identity?.pid ?? 0, 'SIGKILL');
  await events.atLeast('group.restarted', 1, 'g');
  expect(tree.length).toBeGreaterThanOrEqual(3);
  expect(tree.filter(exists)).toEqual([]);
});

test('groups: a crash loop of one ends all, is told once, and everything is tried again', async () => {
  const { supervisor, spec, events } = await startHarness();
  supervisor.setGroups([group('one_for_one', { members: ['a', 'b'], intensity: 2, retryAfterMs: 300 })]);
  const restart = { ...QUICK_RESTART, backoff: { initialMs: 5, maxMs: 5, resetAfterMs: 60_000 } };
  await supervisor.launch(spec('a', ['sleep', '1000'], { restart }));
  const pid = supervisor.get('a')?.identity?.pid ?? 0;
  await supervisor.launch(spec('b', ['false'], { restart }));
  const [gaveUp] = await events.atLeast('group.gave-up', 1, 'g');
  expect(gaveUp).toMatchObject({ member: 'b', restarts: 2, lastExit: { code: 1 } });
  // The first try is at once, fails, and the next one waits: both are down until then.
  await events.atLeast('group.gave-up', 2, 'g');
  await events.phase('a', 'broken');
  expect(exists(pid)).toBe(false);
  expect(supervisor.get('a')).toMatchObject({ phase: 'broken', nextAttemptAt: expect.any(Number) });
  expect(supervisor.groups()).toMatchObject([{ phase: 'broken', circuit: 'open' }]);
  await events.atLeast('group.gave-up', 3, 'g');
  expect(events.ofType('process.circuit-opened')).toEqual([]);
});

test('groups: one that serves for a moment in every try is restarted ever more seldom', async () => {
  const { supervisor, spec, events } = await startHarness();
  const rest = { members: ['a', 'b'], intensity: 2, retryAfterMs: 100, retryMaxMs: 60_000 };
  supervisor.setGroups([group('one_for_one', rest)]);
  await supervisor.launch(spec('a', ['sleep', '1000'], { restart: HEALTHY }));
  // A run of any length is healthy here: what is ready at once looks the same to the group.
  await supervisor.launch(spec('b', ['sh', '-c', 'sleep 0.02'], { restart: HEALTHY }));
  const seen = await events.atLeast('group.gave-up', 4, 'g');
  expect(seen.map(({ failedTrials }) => failedTrials)).toEqual([0, 1, 2, 3]);
  // Three runs until it gave up, then one a try.
  expect(events.ofType('process.started', 'b')).toHaveLength(6);
  expect(events.ofType('group.recovered')).toEqual([]);
});

test('groups: a try ends when the member that failed is stopped', async () => {
  const { supervisor, spec, events } = await startHarness();
  supervisor.setGroups([group('one_for_one', { members: ['a', 'b'], intensity: 0 })]);
  for (const id of ['a', 'b']) await supervisor.launch(spec(id, ['sleep', '1000'], { restart: HEALTHY }));
  process.kill(supervisor.get('b')?.identity?.pid ?? 0, 'SIGKILL');
  await events.atLeast('group.restarted', 1, 'g');
  expect(supervisor.groups()).toMatchObject([{ circuit: 'half_open' }]);
  await supervisor.stop('b');
  expect(supervisor.groups()).toMatchObject([{ circuit: 'closed' }]);
});

test('groups: a replica that waits for its own restart starts when its group has it start, and not while that ends the others', async () => {
  const { supervisor, spec, events, dir } = await startHarness();
  const members = { members: ['web', 'c'], replicas: { web: ['web#1', 'web#2'] } };
  supervisor.setGroups([group('one_for_one', { ...members, intensity: 0 })]);
  const restart = { ...QUICK_RESTART, backoff: { initialMs: 2000, maxMs: 2000, resetAfterMs: 60_000 } };
  for (const id of ['web#1', 'web#2']) await supervisor.launch(spec(id, noting(id), { restart }));
  await supervisor.launch(spec('c', noting('c', '0.5'), { restart }));
  await allNoted(dir, 3);
  process.kill(supervisor.get('web#1')?.identity?.pid ?? 0, 'SIGKILL');
  await events.phase('web#1', 'backoff');
  process.kill(supervisor.get('web#2')?.identity?.pid ?? 0, 'SIGKILL');
  await events.atLeast('group.restarted', 1, 'g');
  await allNoted(dir, 7);
  expect(notesIn(dir)[3]).toBe('end c');
  expect(notesIn(dir).filter((note) => note === 'start web#1')).toHaveLength(2);
});

test('groups: a try has succeeded when the last to be started is the one that failed, and runs long enough', async () => {
  const { supervisor, spec, events } = await startHarness();
  supervisor.setGroups([group('one_for_one', { members: ['a', 'b'], intensity: 0, periodMs: 50 })]);
  const restart = { ...QUICK_RESTART, backoff: { initialMs: 5, maxMs: 5, resetAfterMs: 50 } };
  for (const id of ['a', 'b']) await supervisor.launch(spec(id, ['sleep', '1000'], { restart }));
  process.kill(supervisor.get('b')?.identity?.pid ?? 0, 'SIGKILL');
  await events.atLeast('group.recovered', 1, 'g');
  expect(supervisor.groups()).toMatchObject([{ phase: 'running', circuit: 'closed' }]);
});

test('groups: a restart by request ends and starts all of it, and leaves alone who was stopped', async () => {
  const { supervisor, spec, events, dir } = await startHarness();
  supervisor.setGroups([group('one_for_one')]);
  for (const id of ['a', 'b', 'c']) await supervisor.launch(spec(id, noting(id), { restart: HEALTHY }));
  await allNoted(dir, 3);
  await supervisor.stop('b');
  await supervisor.restartGroup('g', [spec('a', ['sleep', '1000'], { restart: HEALTHY })]);
  await allNoted(dir, 7);
  expect(notesIn(dir).slice(3)).toEqual(['end b', 'end c', 'end a', 'start c']);
  // A process may write before the supervisor has heard that it was started.
  for (const id of ['a', 'c']) await events.atLeast('process.started', 2, id);
  expect(supervisor.list().map(({ phase }) => phase)).toEqual(['running', 'idle', 'running']);
  await expect(supervisor.restartGroup('nobody')).rejects.toMatchObject({
    code: 'DN_SUPERVISOR_UNKNOWN_PROCESS',
  });
});

/** A supervisor of its own with the group; killed by the returned function. */
async function startDaemon(
  specsOf: (spec: ReturnType<typeof specIn>) => LocalProcessSpec[],
  of: ProcessGroupSpec,
) {
  const dir = mkdtempSync(join(tmpdir(), 'dreamnet-groups-'));
  const instanceId = createId('daemon');
  const specs = specsOf(specIn(dir));
  const daemon = spawn(
    process.execPath,
    [DAEMON, dir, JSON.stringify(specs), instanceId, JSON.stringify([of])],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  onTestFinished(() => {
    daemon.kill('SIGKILL');
    for (const { id } of specs) for (const pid of leaders(instanceId, id)) process.kill(-pid, 'SIGKILL');
    rmSync(dir, { recursive: true, force: true });
  });
  await new Promise((resolve) => createInterface({ input: daemon.stdout }).once('line', resolve));
  const kill = async () => {
    daemon.kill('SIGKILL');
    await new Promise((resolve) => daemon.once('exit', resolve));
  };
  return { dir, instanceId, specs, kill };
}

async function nextSupervisor(left: { dir: string; instanceId: string }, of: ProcessGroupSpec) {
  const events = new Events();
  const store = new FakeStore();
  const file = join(left.dir, 'store.json');
  const stored: [string, unknown][] = JSON.parse(readFileSync(file, 'utf8'));
  for (const [key, value] of stored) store.values.set(key, value);
  const supervisor = createSupervisor({
    ...{ instanceId: left.instanceId, store, logDir: join(left.dir, 'logs'), publish: events.publish },
  });
  onTestFinished(() => supervisor.shutdown({ leaveRunning: false, deadlineMs: 0 }));
  await supervisor.start();
  supervisor.setGroups([of]);
  return { supervisor, events };
}

test('groups: kill -9 of the supervisor at any instant of a group restart: the next one finishes it, exactly once', async () => {
  const of = group('one_for_all');
  for (let round = 0; round < 6; round += 1) {
    const left = await startDaemon(
      (spec) => ['a', 'b', 'c'].map((id) => spec(id, noting(id, '0.15'), { restart: HEALTHY })),
      of,
    );
    await allNoted(left.dir, 3);
    const before = new Map(['a', 'b', 'c'].map((id) => [id, leaders(left.instanceId, id)[0] ?? 0]));
    process.kill(before.get('b') ?? 0, 'SIGKILL');
    // Real time: the kill is to hit the ends and the starts, each round elsewhere.
    await sleep(systemClock(), round * 90);
    await left.kill();
    const { supervisor, events } = await nextSupervisor(left, of);
    await supervisor.adopt(left.specs);
    while (
      supervisor.groups()[0]?.phase !== 'running' ||
      supervisor.list().some(({ phase }) => phase !== 'running')
    )
      await new Promise((resolve) => setTimeout(resolve, 5));
    const running = ['a', 'b', 'c'].map((id) => leaders(left.instanceId, id));
    expect(running).toEqual(['a', 'b', 'c'].map((id) => [supervisor.get(id)?.identity?.pid]));
    // Nobody goes on with the process it had, and the next supervisor started nobody more often than once.
    expect(['a', 'b', 'c'].filter((id) => supervisor.get(id)?.identity?.pid === before.get(id))).toEqual([]);
    await sleep(systemClock(), 100); // time for one start too many
    for (const id of ['a', 'b', 'c'])
      expect(
        events.ofType('process.started', id).filter(({ isAdopted }) => !isAdopted).length,
      ).toBeLessThanOrEqual(1);
    expect(events.ofType('group.gave-up')).toEqual([]);
    await supervisor.shutdown({ leaveRunning: false, deadlineMs: 0 });
  }
});
