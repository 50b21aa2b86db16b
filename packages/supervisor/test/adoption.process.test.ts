import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { LocalProcessSpec, SupervisedProcess } from '@dreamnet/contracts';
import { createId, sleep, systemClock } from '@dreamnet/kit';
import { fixtureCommand } from '@dreamnet/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { LOOK_EVERY_MS } from '../src/adoption/watched-processes.js';
import type { Supervisor, SupervisorOptions } from '../src/index.js';
import { createSupervisor } from '../src/index.js';
import { readProcess } from '../src/linux/process-table.js';
import { Events, exists, FakeStore, QUICK_RESTART, specIn } from './fixtures/harness.js';
import { marked } from './fixtures/marked.js';

const DAEMON = fileURLToPath(new URL('./fixtures/daemon.mjs', import.meta.url));
const atOnce = { restart: { ...QUICK_RESTART, backoff: { initialMs: 20, maxMs: 40, resetAfterMs: 0 } } };

interface Left {
  readonly dir: string;
  readonly instanceId: string;
  readonly pids: ReadonlyMap<string, number>;
}

type SpecsOf = (spec: ReturnType<typeof specIn>) => LocalProcessSpec[];

/** Starts a supervisor in its own program (the built package) that launches the specifications. */
function startDaemon(specsOf: SpecsOf, more: readonly string[] = []) {
  const dir = mkdtempSync(join(tmpdir(), 'dreamnet-adopt-'));
  const instanceId = createId('daemon');
  const specs = specsOf(specIn(dir));
  const daemon = spawn(process.execPath, [DAEMON, dir, JSON.stringify(specs), instanceId, ...more], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    daemon.kill('SIGKILL');
    for (const pid of marked(instanceId)) process.kill(pid, 'SIGKILL');
    rmSync(dir, { recursive: true, force: true });
  });
  const kill = async () => {
    daemon.kill('SIGKILL');
    await new Promise((resolve) => daemon.once('exit', resolve));
  };
  return { dir, instanceId, specs, output: daemon.stdout, kill, stop: () => daemon.kill('SIGUSR2') };
}

/** Lets it launch everything, and kills it with SIGKILL. */
async function leaveBehind(specsOf: SpecsOf, more?: readonly string[]): Promise<Left> {
  const { dir, instanceId, output, kill } = startDaemon(specsOf, more);
  const line = await new Promise<string>((resolve) =>
    createInterface({ input: output }).once('line', resolve),
  );
  const { list } = JSON.parse(line) as { list: SupervisedProcess[] };
  await kill();
  return { dir, instanceId, pids: new Map(list.map(({ id, identity }) => [id, identity?.pid ?? 0])) };
}

async function nextSupervisor(
  left: Pick<Left, 'dir' | 'instanceId'>,
  options: Partial<SupervisorOptions> = {},
) {
  const events = new Events();
  const store = new FakeStore();
  const file = join(left.dir, 'store.json');
  const stored: [string, unknown][] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
  for (const [key, value] of stored) store.values.set(key, value);
  const supervisor: Supervisor = createSupervisor({
    ...{ instanceId: left.instanceId, store, logDir: join(left.dir, 'logs'), publish: events.publish },
    ...options,
  });
  onTestFinished(() => supervisor.shutdown({ leaveRunning: false, deadlineMs: 0 }));
  await supervisor.start();
  return { supervisor, events, store };
}

/** Resolves when a process that is not our child has gone; looks, because nothing can tell us here. */
async function gone(pid: number): Promise<void> {
  while (exists(pid)) await new Promise((resolve) => setTimeout(resolve, 5));
}

test('adoption: after kill -9 of the supervisor every process keeps its pid, none is doubled', async () => {
  const specs = (spec: ReturnType<typeof specIn>) =>
    ['a', 'b', 'c'].map((id) => spec(id, ['sleep', '1000'], atOnce));
  const left = await leaveBehind(specs);
  const { supervisor, events } = await nextSupervisor(left);
  const report = await supervisor.adopt(specs(specIn(left.dir)));
  expect(report).toMatchObject({ adopted: ['a', 'b', 'c'], restarted: [], notRunning: [] });
  for (const [id, pid] of left.pids) {
    expect(supervisor.get(id)).toMatchObject({ phase: 'running', isAdopted: true, identity: { pid } });
    expect(marked(left.instanceId, id)).toEqual([pid]);
  }
  expect(events.ofType('process.started').every(({ isAdopted }) => isAdopted)).toBe(true);
  expect(supervisor.orphans()).toEqual([]);
});

test('adoption: the exit of an adopted process is seen at once and restarted, with counters kept', async () => {
  const left = await leaveBehind((spec) => [spec('a', ['sleep', '1000'], atOnce)]);
  const { supervisor, events } = await nextSupervisor(left);
  await supervisor.adopt([specIn(left.dir)('a', ['sleep', '1000'], atOnce)]);
  const pid = left.pids.get('a') ?? 0;
  process.kill(pid, 'SIGKILL');
  const [, again] = await events.atLeast('process.started', 2, 'a');
  expect(again?.isAdopted).toBe(false);
  expect(events.ofType('process.exited', 'a')).toMatchObject([
    { exit: { isKnown: true, code: null, signal: 'SIGKILL' } },
  ]);
  expect(marked(left.instanceId)).toEqual([again?.identity.pid]);
  expect(supervisor.get('a')?.restarts).toBe(1);
  expect(supervisor.diagnostics()).toEqual([]);
});

test('adoption: without python3 an exit is seen a little later, and that is said', async () => {
  const python = '/no/such/python';
  const left = await leaveBehind((spec) => [spec('a', ['sleep', '1000'], atOnce)], ['[]', python]);
  const { supervisor, events } = await nextSupervisor(left, { python });
  await supervisor.adopt([specIn(left.dir)('a', ['sleep', '1000'], atOnce)]);
  process.kill(left.pids.get('a') ?? 0, 'SIGKILL');
  await events.atLeast('process.started', 2, 'a');
  expect(events.ofType('process.exited', 'a')).toMatchObject([{ exit: { isKnown: false, code: null } }]);
  expect(supervisor.diagnostics()).toEqual([expect.stringContaining('/no/such/python')]);
});

test('adoption: what ended while nobody supervised is told and restarted', async () => {
  const left = await leaveBehind((spec) => [spec('a', ['sleep', '1000'], atOnce)]);
  const pid = left.pids.get('a') ?? 0;
  process.kill(pid, 'SIGKILL');
  await gone(pid);
  const { supervisor, events } = await nextSupervisor(left);
  const report = await supervisor.adopt([specIn(left.dir)('a', ['sleep', '1000'], atOnce)]);
  expect(report.restarted).toEqual(['a']);
  await events.atLeast('process.started', 1, 'a');
  expect(events.ofType('process.exited', 'a')).toMatchObject([
    { identity: { pid }, exit: { isKnown: true, signal: 'SIGKILL' } },
  ]);
  expect(supervisor.get('a')).toMatchObject({ phase: 'running', restarts: 1, isAdopted: false });
});

test('adoption: a process on pipes is ended and started anew, and the event says why', async () => {
  // It does not end by itself when its input closes.
  const specs = (spec: ReturnType<typeof specIn>) => [
    spec('p', ['sleep', '1000'], { stdio: 'pipe', ...atOnce }),
  ];
  const left = await leaveBehind(specs);
  const old = left.pids.get('p') ?? 0;
  const { supervisor, events } = await nextSupervisor(left);
  const report = await supervisor.adopt(specs(specIn(left.dir)));
  expect(report.replaced).toEqual(['p']);
  const [started] = await events.atLeast('process.started', 1, 'p');
  expect(events.ofType('process.exited', 'p')).toMatchObject([
    { exit: { reason: expect.stringMatching(/pipes/) } },
  ]);
  expect(exists(old)).toBe(false);
  expect(marked(left.instanceId)).toEqual([started?.identity.pid]);
});

test('adoption: an adopted tree is stopped whole', async () => {
  const specs = (spec: ReturnType<typeof specIn>) => [spec('a', fixtureCommand('leaks-child.sh'))];
  const left = await leaveBehind(specs);
  const { supervisor } = await nextSupervisor(left);
  await supervisor.adopt(specs(specIn(left.dir)));
  await supervisor.stop('a');
  expect(marked(left.instanceId)).toEqual([]);
  expect(supervisor.get('a')).toMatchObject({
    phase: 'idle',
    lastExit: { isKnown: true, signal: 'SIGTERM' },
  });
});

test('adoption: an explicit launch of an id that still runs adopts it', async () => {
  const left = await leaveBehind((spec) => [spec('a', ['sleep', '1000'])]);
  const { supervisor } = await nextSupervisor(left);
  const launched = await supervisor.launch(specIn(left.dir)('a', ['sleep', '1000']));
  expect(launched).toMatchObject({ isAdopted: true, identity: { pid: left.pids.get('a') } });
});

test('adoption: processes nobody claims are orphans, told and ended on request', async () => {
  const left = await leaveBehind((spec) => [spec('a', ['sleep', '1000']), spec('b', ['sleep', '1000'])]);
  const { supervisor, store } = await nextSupervisor(left);
  await supervisor.adopt([specIn(left.dir)('a', ['sleep', '1000'])]);
  expect(supervisor.orphans()).toMatchObject([{ processId: 'b', identity: { pid: left.pids.get('b') } }]);
  expect(await supervisor.endOrphans()).toEqual(['b']);
  expect(marked(left.instanceId)).toEqual([left.pids.get('a')]);
  await supervisor.shutdown({ leaveRunning: true });
  expect(store.values.has('b')).toBe(false);
});

test('adoption: what was started and ended before its start was written down is told with its exit, and decided by that', async () => {
  const once = { restart: { ...atOnce.restart, type: 'transient' as const } };
  const left = await leaveBehind((spec) => [
    spec('crashes', ['sleep', '1000'], atOnce),
    spec('done', ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 0.02; done'], once),
  ]);
  const pid = (id: string) => left.pids.get(id) ?? 0;
  // The shell's trap is set when it has a child.
  while (readFileSync(`/proc/${pid('done')}/task/${pid('done')}/children`, 'utf8') === '')
    await new Promise((resolve) => setTimeout(resolve, 5));
  process.kill(pid('crashes'), 'SIGKILL');
  process.kill(pid('done'), 'SIGTERM');
  await Promise.all([gone(pid('crashes')), gone(pid('done'))]);
  const file = join(left.dir, 'store.json');
  const stored: [string, Record<string, unknown>][] = JSON.parse(readFileSync(file, 'utf8'));
  const before = { phase: 'starting', identity: null, startedAt: null };
  writeFileSync(file, JSON.stringify(stored.map(([key, value]) => [key, { ...value, ...before }])));
  const { supervisor, events } = await nextSupervisor(left);
  const spec = specIn(left.dir);
  await supervisor.adopt([spec('crashes', ['sleep', '1000'], atOnce), spec('done', ['true'], once)]);
  await events.atLeast('process.started', 1, 'crashes');
  expect(events.ofType('process.exited', 'crashes')).toMatchObject([
    { identity: { pid: pid('crashes') }, exit: { isKnown: true, signal: 'SIGKILL' } },
  ]);
  expect(events.ofType('process.exited', 'done')).toMatchObject([
    { identity: { pid: pid('done') }, exit: { isKnown: true, code: 0 } },
  ]);
  expect(supervisor.get('done')?.phase).toBe('exited');
});

test('adoption: of two processes of one id the recorded one stays', async () => {
  const left = await leaveBehind((spec) => [spec('a', ['sleep', '1000'])]);
  const env = { PATH: '/usr/bin:/bin', DREAMNET_PROCESS: `${left.instanceId}/a/9` };
  const double = spawn('sleep', ['1000'], { env, detached: true, stdio: 'ignore' });
  const { supervisor } = await nextSupervisor(left);
  await supervisor.adopt([specIn(left.dir)('a', ['sleep', '1000'])]);
  expect(marked(left.instanceId)).toEqual([left.pids.get('a')]);
  expect(double.pid).not.toBe(left.pids.get('a'));
});

test('adoption: what was started after a stop goes on, though only the stop had been written down', async () => {
  for (const phase of ['idle', 'stopping'] as const) {
    const left = await leaveBehind((spec) => [spec('a', ['sleep', '1000'])]);
    const file = join(left.dir, 'store.json');
    const stored: [string, Record<string, unknown>][] = JSON.parse(readFileSync(file, 'utf8'));
    // As it was written before this start: the process it names has gone.
    const before = { phase, generation: 0, newest: 0, identity: null };
    writeFileSync(
      file,
      JSON.stringify(stored.map(([key, value]) => [key, key === 'a' ? { ...value, ...before } : value])),
    );
    const { supervisor } = await nextSupervisor(left);
    const report = await supervisor.adopt([specIn(left.dir)('a', ['sleep', '1000'])]);
    expect(report.adopted).toEqual(['a']);
    expect(marked(left.instanceId)).toEqual([left.pids.get('a')]);
  }
});

test('adoption: one whose first thread has ended goes on, and is neither told as ended nor started a second time', async () => {
  const text = readFileSync(new URL('fixtures/first-thread-ends.py', import.meta.url), 'utf8');
  const headless = ['python3', '-c', text];
  const left = await leaveBehind((spec) => [spec('a', headless)]);
  const pid = left.pids.get('a') ?? 0;
  // To the kernel a zombie, but for its number of threads.
  while (readProcess(pid)?.state !== 'Z') await sleep(systemClock(), 5);
  const { supervisor, events } = await nextSupervisor(left);
  const report = await supervisor.adopt([specIn(left.dir)('a', headless)]);
  expect(report.adopted).toEqual(['a']);
  // Longer than it takes to see that an adopted process has ended.
  await sleep(systemClock(), 2 * LOOK_EVERY_MS);
  expect(supervisor.get('a')).toMatchObject({ phase: 'running', identity: { pid } });
  expect(events.ofType('process.exited', 'a')).toEqual([]);
  await supervisor.stop('a', 0);
  expect(exists(pid)).toBe(false);
});

test('adoption: with the records lost, what runs is still found by its marker', async () => {
  const left = await leaveBehind((spec) => [spec('a', ['sleep', '1000'])]);
  const events = new Events();
  const supervisor = createSupervisor({
    ...{ instanceId: left.instanceId, store: new FakeStore(), logDir: join(left.dir, 'logs') },
    publish: events.publish,
  });
  onTestFinished(() => supervisor.shutdown({ leaveRunning: false, deadlineMs: 0 }));
  await supervisor.start();
  const report = await supervisor.adopt([specIn(left.dir)('a', ['sleep', '1000'])]);
  expect(report.adopted).toEqual(['a']);
  expect(supervisor.get('a')?.identity?.pid).toBe(left.pids.get('a'));
});

test('shutdown: leaveRunning leaves processes to the next supervisor', async () => {
  const left = await leaveBehind((spec) => [spec('a', ['sleep', '1000'])]);
  const first = await nextSupervisor(left);
  await first.supervisor.adopt([specIn(left.dir)('a', ['sleep', '1000'])]);
  await first.supervisor.shutdown({ leaveRunning: true });
  expect(marked(left.instanceId)).toEqual([left.pids.get('a')]);
  const second = await nextSupervisor(left);
  const report = await second.supervisor.adopt([specIn(left.dir)('a', ['sleep', '1000'])]);
  expect(report.adopted).toEqual(['a']);
});

test('adoption: killed at any instant of starting and restarting, the next supervisor doubles nothing', async () => {
  const ids = ['a', 'b', 'c', 'd'];
  // Two stay, two end again and again and are started again at once.
  const specsOf: SpecsOf = (spec) =>
    ids.map((id, at) => {
      const restart = { ...atOnce.restart, intensity: 10_000 };
      return spec(id, at < 2 ? ['sleep', '1000'] : ['sh', '-c', 'sleep 0.02 & sleep 0.03'], { restart });
    });
  for (let round = 0; round < 6; round += 1) {
    const daemon = startDaemon(specsOf);
    // Real time: the kill is to hit the starts and the restarts, each round elsewhere.
    await sleep(systemClock(), 60 + round * 45);
    await daemon.kill();
    const before = new Map(ids.map((id) => [id, marked(daemon.instanceId, id)]));
    const { supervisor, events } = await nextSupervisor(daemon);
    const specs = daemon.specs.map((spec) => ({ ...spec, command: ['sleep', '1000'] as const }));
    const { notRunning } = await supervisor.adopt(specs);
    await Promise.all(
      specs.filter(({ id }) => notRunning.includes(id)).map((spec) => supervisor.launch(spec)),
    );
    for (const id of ['a', 'b']) {
      await events.atLeast('process.started', 1, id);
      const running = marked(daemon.instanceId, id);
      expect(running).toEqual([supervisor.get(id)?.identity?.pid]);
      if (before.get(id)?.length) expect(running).toEqual(before.get(id));
    }
    expect(supervisor.orphans()).toEqual([]);
    await supervisor.shutdown({ leaveRunning: false, deadlineMs: 0 });
    expect(marked(daemon.instanceId)).toEqual([]);
  }
});

/** Kills the supervisor when it has asked everything to end and nothing has ended yet; each program has made a file `ready`. */
async function leaveStopping(specsOf: SpecsOf): Promise<Omit<Left, 'pids'>> {
  const { dir, instanceId, output, kill, stop } = startDaemon(specsOf);
  const lines = createInterface({ input: output })[Symbol.asyncIterator]();
  await lines.next();
  while (!existsSync(join(dir, 'ready'))) await sleep(systemClock(), 5);
  stop();
  expect((await lines.next()).value).toBe('stopping');
  await kill();
  return { dir, instanceId };
}

/** Tells how often it was asked to end, and only the second time ends at once. */
const ASKED_TWICE =
  'n=0; trap "n=\\$((n+1)); echo asked \\$n; test \\$n = 2 && exit 2" TERM; touch ready; while test ! -e go; do sleep 0.05; done; exit 3';
const IGNORES = 'trap "" TERM; touch ready; while test ! -e go; do sleep 0.05; done; exit 4';

test('adoption: a stop that the earlier supervisor had begun is finished, and nobody is asked twice', async () => {
  const specs = (spec: ReturnType<typeof specIn>) => [
    spec('a', ['sh', '-c', ASKED_TWICE], { ...atOnce, stopDeadlineMs: 60_000 }),
  ];
  const left = await leaveStopping(specs);
  const { supervisor, events } = await nextSupervisor(left);
  const adopting = supervisor.adopt(specs(specIn(left.dir)));
  while (supervisor.get('a')?.phase !== 'stopping') await sleep(systemClock(), 5);
  // Long enough for a second signal to be sent and answered, which nothing would tell of.
  await sleep(systemClock(), 300);
  writeFileSync(join(left.dir, 'go'), '');
  const report = await adopting;
  expect(report.notRunning).toEqual(['a']);
  expect(marked(left.instanceId)).toEqual([]);
  expect(supervisor.get('a')).toMatchObject({
    phase: 'idle',
    lastExit: { code: 3, stop: { isProven: true, isResumed: true, steps: [{ rung: 'signal', left: 0 }] } },
  });
  expect(await supervisor.readLog('a', { stream: 'out' })).toEqual(['asked 1']);
  expect(events.ofType('process.started', 'a')).toEqual([]);
  expect(events.ofType('process.stopped', 'a')).toMatchObject([{ stop: { isResumed: true } }]);
});

test('adoption: a stop that was begun has no more time than it had', async () => {
  const specs = (spec: ReturnType<typeof specIn>) => [
    spec('a', ['sh', '-c', IGNORES], { ...atOnce, stopDeadlineMs: 300 }),
  ];
  const left = await leaveStopping(specs);
  // Its time is over before the next supervisor comes.
  await sleep(systemClock(), 400);
  const { supervisor } = await nextSupervisor(left);
  await supervisor.adopt(specs(specIn(left.dir)));
  expect(marked(left.instanceId)).toEqual([]);
  const stop = supervisor.get('a')?.lastExit?.stop;
  expect(stop?.steps.at(-1)).toMatchObject({ rung: 'kill', left: 0 });
  expect(stop?.summary).toMatch(/^begun by the daemon before this one: .*killed: \d process/);
});

test('adoption: a process on pipes that was being stopped is not started again', async () => {
  const specs = (spec: ReturnType<typeof specIn>) => [
    spec('p', ['sh', '-c', IGNORES], {
      ...atOnce,
      ...{ stdio: 'pipe', stopDeadlineMs: 200 },
    }),
  ];
  const left = await leaveStopping(specs);
  const { supervisor, events } = await nextSupervisor(left);
  const report = await supervisor.adopt(specs(specIn(left.dir)));
  expect(report.notRunning).toEqual(['p']);
  expect(marked(left.instanceId)).toEqual([]);
  expect(events.ofType('process.started', 'p')).toEqual([]);
});

test('adoption: what ended as it was asked, while nobody supervised, is told as stopped', async () => {
  const specs = (spec: ReturnType<typeof specIn>) => [
    spec('a', ['sh', '-c', IGNORES], { ...atOnce, stopDeadlineMs: 60_000 }),
  ];
  const left = await leaveStopping(specs);
  writeFileSync(join(left.dir, 'go'), '');
  while (marked(left.instanceId).length > 0) await sleep(systemClock(), 5);
  const { supervisor, events } = await nextSupervisor(left);
  const report = await supervisor.adopt(specs(specIn(left.dir)));
  expect(report.notRunning).toEqual(['a']);
  expect(supervisor.get('a')).toMatchObject({
    phase: 'idle',
    lastExit: { code: 4, stop: { isProven: true, isResumed: true } },
  });
  expect(events.ofType('process.exited', 'a')).toHaveLength(1);
});
