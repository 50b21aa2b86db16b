import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalProcessSpec, ResourceLimits } from '@dreamnet/contracts';
import { createId } from '@dreamnet/kit';
import { expect, test } from 'vitest';
import { logLine } from '../fixtures/harness.js';
import { isolated, pidsWith, program, start } from './hostile-agent.js';

/*
 * Agents that take all there is. Where control groups can be made the limits are tried out; elsewhere it is tested that the
 * program says so, and that an agent whose limits are required is not started.
 */

const ROOTS = ['/sys/fs/cgroup/pids', '/sys/fs/cgroup/cgroup.subtree_control'];

function mayLimit(): boolean {
  const root = ROOTS.find((path) => existsSync(path));
  try {
    accessSync(root ?? '', constants.W_OK);
    return true;
  } catch {
    return false; // an ordinary user
  }
}

const MAY_LIMIT = mayLimit();
const MIB = 1 << 20;

interface Started {
  supervisor: { launch(spec: LocalProcessSpec): Promise<unknown> };
  spec: (id: string, command: readonly string[], rest?: Partial<LocalProcessSpec>) => LocalProcessSpec;
}

/** What is tested where no limit can be had: whoever requires it is refused, and nothing of it ever runs. */
async function expectRefusal(
  { supervisor, spec }: Started,
  agent: { command: readonly string[]; word: string; resources: ResourceLimits },
): Promise<void> {
  const { command, word, resources } = agent;
  const launching = supervisor.launch(spec('a', command, { resources, ...isolated('process') }));
  const [limit] = Object.keys(resources);
  await expect(launching).rejects.toMatchObject({
    code: 'DN_SUPERVISOR_ISOLATION_MISSING',
    message: expect.stringContaining(`${limit} `),
  });
  expect(pidsWith(word)).toEqual([]);
}

test('forks without end: its limit holds, others are started meanwhile, and a stop leaves nothing', async () => {
  const started = await start();
  const { supervisor, spec, work } = started;
  const word = createId('forks');
  const resources = { pids: 40 };
  const command = program('forks-without-end.py', word);
  if (!MAY_LIMIT) return expectRefusal(started, { command, word, resources });
  await supervisor.launch(spec('a', command, { cwd: work('a'), resources }));
  await logLine(supervisor, 'a', /refused/);
  expect(pidsWith(word).length).toBeLessThanOrEqual(40);
  // Asked again: a look may fall into the moment in which some have ended and others are not there yet.
  await expect.poll(() => supervisor.usage('a')?.processes).toBeGreaterThan(30);
  expect(supervisor.usage('a')?.limits).toEqual(resources);
  await supervisor.launch(spec('b', ['sh', '-c', 'echo up; exec sleep 1000'], { cwd: work('b') }));
  expect(await logLine(supervisor, 'b', /up/)).toBe('up');
  await supervisor.stop('a', 0);
  expect(pidsWith(word)).toEqual([]);
  expect(supervisor.get('a')?.lastExit?.resources?.shortages).toEqual(['pids']);
});

test('fills memory from several processes: the kernel ends it at the limit of the whole tree, and the exit says so', async () => {
  const started = await start();
  const { supervisor, spec, events, work } = started;
  const word = createId('fills');
  const resources = { memoryBytes: 96 * MIB };
  const command = program('fills-memory.py', '4', word);
  if (!MAY_LIMIT) return expectRefusal(started, { command, word, resources });
  const once = { ...spec('a', []).restart, type: 'temporary' as const };
  await supervisor.launch(spec('a', command, { cwd: work('a'), resources, restart: once }));
  const [exited] = await events.atLeast('process.exited', 1, 'a');
  expect(exited?.exit.resources?.shortages[0]).toBe('memory');
  expect(exited?.exit.resources?.memoryPeakBytes).toBeLessThanOrEqual(96 * MIB);
  // What outlives the main process is ended a moment after it.
  await expect.poll(() => pidsWith(word), { timeout: 5000 }).toEqual([]);
});

test('fills the disk through its logs: what is kept is bounded, its newest line is there', {
  timeout: 120_000,
}, async () => {
  const rotation = { limitBytes: MIB, keep: 2 };
  const { supervisor, spec, dir, work } = await start({ rotation: () => rotation });
  await supervisor.launch(spec('a', program('floods-logs.py', '192'), { cwd: work('a') }));
  expect(await logLine(supervisor, 'a', /^flooded$/)).toBe('flooded');
  const kept = () =>
    readdirSync(join(dir, 'logs'))
      .filter((name) => name.startsWith('a.'))
      .reduce((sum, name) => sum + statSync(join(dir, 'logs', name)).size, 0);
  // Two streams of three parts each, a part being cut when it is already a little longer than its limit.
  await expect.poll(kept, { timeout: 30_000 }).toBeLessThan(2 * 3 * 1.5 * MIB);
  expect(await supervisor.readLog('a', { stream: 'out', lines: 1 })).toEqual(['flooded']);
});

test('changes session, double-forks and empties its environment: within its limits a stop leaves nothing', async (ctx) => {
  if (!MAY_LIMIT)
    return ctx.skip('without a control group only a sandbox holds it: see the other test of this name');
  const { supervisor, spec, work } = await start();
  const word = createId('hidden');
  await supervisor.launch(spec('a', program('hides.py', word), { cwd: work('a'), resources: { pids: 99 } }));
  await logLine(supervisor, 'a', /hidden/);
  expect(pidsWith(word).length).toBeGreaterThan(0);
  await supervisor.stop('a', 0);
  expect(pidsWith(word)).toEqual([]);
});

test('dies between fork and exec, for want of memory: the circuit opens and says why', async (ctx) => {
  if (!MAY_LIMIT) return ctx.skip('only the kernel can end it there, by a limit that cannot be made here');
  const { supervisor, spec, events, work } = await start();
  // Enough to become a member of the group, not to become the command.
  const rest = { cwd: work('a'), resources: { memoryBytes: 64 << 10 } };
  await supervisor.launch(spec('a', ['sleep', '1000'], rest));
  await events.phase('a', 'broken');
  const [opened] = events.ofType('process.circuit-opened', 'a');
  expect(opened?.lastExit).toMatchObject({ signal: 'SIGKILL', resources: { shortages: ['memory'] } });
});

test('dies between fork and exec, while the daemon is busy: what ended it is named all the same', async (ctx) => {
  if (!MAY_LIMIT) return ctx.skip('only the kernel can end it there, by a limit that cannot be made here');
  const { supervisor, spec, events, work } = await start();
  const rest = { cwd: work('a'), resources: { memoryBytes: 64 << 10 } };
  await supervisor.launch(spec('a', ['sleep', '1000'], rest));
  for (let turn = 0; turn < 20; turn += 1) {
    // It has ended by the time we hear that it began.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await events.phase('a', 'broken');
  const exits = events.ofType('process.exited', 'a');
  expect(exits.length).toBeGreaterThan(1);
  for (const exit of exits) expect(exit).toMatchObject({ exit: { resources: { shortages: ['memory'] } } });
});

test('limits that cannot be made: each is said by name, and the agent runs', async () => {
  const { supervisor, spec, work } = await start(MAY_LIMIT ? { cgroupRoot: '/nowhere' } : {});
  const resources = { memoryBytes: 64 * MIB, cpu: 0.5, pids: 20 };
  const { phase, notEnforced } = await supervisor.launch(
    spec('a', ['sleep', '1000'], { cwd: work('a'), resources }),
  );
  expect(phase).toBe('running');
  expect(notEnforced.map((text) => text.split(' ')[0])).toEqual(['memoryBytes', 'cpu', 'pids']);
});
