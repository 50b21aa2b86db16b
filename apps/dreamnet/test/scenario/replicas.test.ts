import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { AlertView, PsEntry, ScaleView, SubsystemView } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import type { ReactionOutcome } from '../../src/daemon/secret-desk.js';
import { type DaemonProcess, startDaemon } from './daemon-process.js';
import { call, echoAgent, scaleOf } from './echo-agent.js';

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const server = (more: object) => echoAgent({ rolling: { readyWithin: '30s', drainWithin: '10s' }, ...more });

async function up(agents: object): Promise<DaemonProcess> {
  const daemon = await startDaemon({ agents });
  return daemon;
}

const serving = (own: DaemonProcess, count: number, agent = 'web') =>
  own.until(`${count} replicas of ${agent} to serve`, async () => {
    const view = await scaleOf(own, agent);
    return view.serving === count && view.replicas.length === count && view;
  });
const pidsOf = (view: ScaleView) => Object.fromEntries(view.replicas.map(({ id, pid }) => [id, pid]));

/** Calls one after the other in several lines until told to stop. @returns what failed, and who answered */
function callWithoutEnd(own: DaemonProcess, holdMs: number) {
  const failures: string[] = [];
  const answered = new Set<number>();
  let isOver = false;
  let calls = 0;
  const line = async () => {
    while (!isOver) {
      const outcome = await call(own, { holdMs });
      calls += 1;
      if (outcome.ok) answered.add((outcome.output as { pid: number }).pid);
      else failures.push(`${outcome.code}: ${outcome.message}`);
    }
  };
  const lines = Promise.all([line(), line(), line(), line()]);
  return async () => {
    isOver = true;
    await lines;
    return { failures, answered, calls };
  };
}

test('replicas: each is a process of its own, calls go to all of them, and ps shows them under the agent', async () => {
  const own = await up({ web: server({ replicas: 3 }) });
  const view = await serving(own, 3);
  expect(new Set(view.replicas.map(({ port }) => port)).size).toBe(3);
  expect([...own.processes().keys()].sort()).toEqual(['web#1', 'web#2', 'web#3']);
  const outcomes = await Promise.all(Array.from({ length: 6 }, () => call(own, { holdMs: 300 })));
  const providers = outcomes.map((outcome) => (outcome.ok ? outcome.provider : outcome.message)).sort();
  // Those that work least are chosen, so six calls at once are two for each.
  expect(providers).toEqual(['web#1', 'web#1', 'web#2', 'web#2', 'web#3', 'web#3']);
  const { agents } = await own.client().get<{ agents: PsEntry[] }>('/api/ps');
  expect(agents.map(({ name, replicaOf, replicas }) => [name, replicaOf, replicas?.serving])).toEqual([
    ['web', undefined, 3],
    ['web#1', 'web', undefined],
    ['web#2', 'web', undefined],
    ['web#3', 'web', undefined],
  ]);
  expect(own.cli('describe', 'web').stdout).toContain('web#2: serves');
  expect(own.cli('describe', 'web#2').stdout).toContain('agent         web#2');
  // Of the agent: what all of them wrote.
  expect(own.cli('logs', 'web').stdout.match(/listening/g)).toHaveLength(3);
  expect(own.cli('logs', 'web#3').stdout.match(/listening/g)).toHaveLength(1);
});

test('replicas: one that is killed comes back by itself, and the others serve meanwhile', async () => {
  const own = await up({ web: server({ replicas: 2 }) });
  const before = pidsOf(await serving(own, 2));
  process.kill(before['web#1'] ?? 0, 'SIGKILL');
  const outcome = await call(own);
  expect(outcome.ok).toBe(true);
  const after = await own.until('the killed one to be replaced', async () => {
    const pids = pidsOf(await scaleOf(own));
    return pids['web#1'] !== null && pids['web#1'] !== before['web#1'] && pids;
  });
  expect(after['web#2']).toBe(before['web#2']);
});

test('replicas: one stopped by its own name stays so for the next daemon; another one of its number starts', async () => {
  const own = await up({ web: server({ replicas: 2 }) });
  await serving(own, 2);
  expect(own.cli('stop', 'web#2').status).toBe(0);
  await own.kill('SIGKILL');
  await own.up();
  await own.until('the other one to serve', async () => (await scaleOf(own)).serving === 1);
  expect([...own.processes().keys()]).toEqual(['web#1']);
  expect(own.cli('scale', 'web', '1').status).toBe(0);
  await own.until('the stopped one to have left', async () => (await scaleOf(own)).replicas.length === 1);
  expect(own.cli('scale', 'web', '2').status).toBe(0);
  await serving(own, 2);
});

test('replicas: when none of them serves, the agent itself is in error, for whoever depends on it', async () => {
  const own = await startDaemon({
    agents: { web: server({ replicas: 2, env: { BROKEN_FILE: 'broken' } }) },
    recovery: { default: 'off' },
  });
  const before = pidsOf(await serving(own, 2));
  writeFileSync(join(own.folder, 'broken'), '');
  for (const pid of Object.values(before)) process.kill(pid ?? 0, 'SIGKILL');
  const { alerts } = await own.until('an alert of each and of the agent', async () => {
    const answer = await own.client().get<{ alerts: AlertView[] }>('/api/alerts?state=open');
    return new Set(answer.alerts.map(({ subsystem }) => subsystem)).size === 3 && answer;
  });
  const whole = alerts.find(({ subsystem }) => subsystem === 'web');
  expect(whole?.message).toContain('0 of 2 replicas serve');
  // One of two is enough to serve, and not enough to be well.
  rmSync(join(own.folder, 'broken'));
  expect(own.cli('restart', 'web#1').status).toBe(0);
  await own.until('one of two to serve', async () => {
    const { subsystems } = await own.client().get<{ subsystems: SubsystemView[] }>('/api/subsystems');
    const { status, reason = '' } = subsystems.find(({ name }) => name === 'web') ?? {};
    return status === 'warn' && reason.includes('1 of 2 replicas serve; not: web#2');
  });
});

test('replicas: adopted after kill -9 of the daemon, with their ports', async () => {
  const own = await up({ web: server({ replicas: 2 }) });
  const before = await serving(own, 2);
  await own.kill('SIGKILL');
  await own.up();
  const after = await serving(own, 2);
  expect(pidsOf(after)).toEqual(pidsOf(before));
  expect(after.replicas.map(({ port }) => port)).toEqual(before.replicas.map(({ port }) => port));
  expect((await call(own)).ok).toBe(true);
});

test('rolling restart under load: every process is another one, no call fails, the numbers stay', async () => {
  const own = await up({ web: server({ replicas: 2 }) });
  const before = pidsOf(await serving(own, 2));
  const stop = callWithoutEnd(own, 20);
  const run = own.client().send<ScaleView>('POST', '/api/agents/web/roll', {});
  expect((await run).rolling?.isOver).toBe(false);
  await own.until('the rolling restart to be over', async () => (await scaleOf(own)).rolling?.isOver);
  const view = await serving(own, 2);
  const { failures, answered, calls } = await stop();
  expect(failures).toEqual([]);
  expect(calls).toBeGreaterThan(10);
  expect(view.rolling).toMatchObject({ phase: 'done', because: null });
  expect(Object.keys(pidsOf(view))).toEqual(['web#1', 'web#2']);
  for (const pid of Object.values(before)) expect(Object.values(pidsOf(view))).not.toContain(pid);
  // Old ones, new ones, and the one that stood in.
  expect(answered.size).toBeGreaterThanOrEqual(3);
});

test('rolling restart of one process: another one serves while it is replaced', async () => {
  const own = await up({ web: server({}) });
  const before = pidsOf(await serving(own, 1));
  own.cli('bindings', 'add', 'web', 'files', '{"path":"/etc/hostname"}');
  const stop = callWithoutEnd(own, 10);
  await own.client().send('POST', '/api/agents/web/roll', {});
  await own.until('the rolling restart to be over', async () => (await scaleOf(own)).rolling?.isOver);
  const { failures } = await stop();
  expect(failures).toEqual([]);
  expect((await scaleOf(own)).rolling?.phase).toBe('done');
  const after = pidsOf(await serving(own, 1));
  expect(Object.keys(after)).toEqual(['web']);
  expect(after.web).not.toBe(before.web);
  const { bindings } = await own.client().get<{ bindings: { processId: string }[] }>('/api/bindings');
  expect(bindings.map(({ processId }) => processId)).toEqual(['web']);
});

test('rolling restart that fails: the new one is ended, every old one goes on, and it is said why', async () => {
  const own = await startDaemon({
    agents: { web: server({ replicas: 2, env: { BROKEN_FILE: 'broken' }, rolling: { readyWithin: '1s' } }) },
  });
  const before = pidsOf(await serving(own, 2));
  writeFileSync(join(own.folder, 'broken'), '');
  const { status, stdout } = own.cli('restart', 'web', '--rolling');
  expect(status).toBe(1);
  expect(stdout).toContain('stopped at step 1 of 3: web#3 is not ready after 1 s');
  expect(pidsOf(await serving(own, 2))).toEqual(before);
});

test('rolling restart: refused by name where two cannot run side by side, and nothing is done', async () => {
  const port = 20_000 + (process.pid % 20_000);
  const own = await up({
    web: server({ endpoint: `http://127.0.0.1:${port}`, env: { PORT: String(port) } }),
  });
  const before = pidsOf(await serving(own, 1));
  const { status, stderr } = own.cli('restart', 'web', '--rolling');
  expect(status).toBe(1);
  expect(stderr).toContain('DN_AGENT_CANNOT_ROLL');
  expect(stderr).toContain('has a fixed port');
  expect(pidsOf(await serving(own, 1))).toEqual(before);
  // In its own place it can be done, with a gap that was asked for.
  expect(own.cli('restart', 'web', '--rolling', '--max-unavailable', '1').status).toBe(0);
  expect(pidsOf(await serving(own, 1)).web).not.toBe(before.web);
});

test('rolling restart: kill -9 of the daemon in the middle, again and again; each is replaced exactly once', async () => {
  const own = await up({ web: server({ replicas: 3 }) });
  const before = pidsOf(await serving(own, 3));
  await own.client().send('POST', '/api/agents/web/roll', {});
  for (const afterMs of [50, 250, 450]) {
    await wait(afterMs);
    await own.kill('SIGKILL');
    await own.up();
  }
  await own.until('the rolling restart to be over', async () => (await scaleOf(own)).rolling?.isOver);
  const view = await serving(own, 3);
  expect(view.rolling).toMatchObject({ phase: 'done', because: null });
  const after = Object.values(pidsOf(view));
  for (const pid of Object.values(before)) expect(after).not.toContain(pid);
  expect([...own.processes().entries()].map(([id, pids]) => [id, pids.length]).sort()).toEqual([
    ['web#1', 1],
    ['web#2', 1],
    ['web#3', 1],
  ]);
  const started = readFileSync(join(own.stateDir, 'logs', 'web#1.out.log'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('listening'));
  expect(started).toHaveLength(2);
});

test('scale: more and fewer by hand; who works is not ended before its calls are over', async () => {
  const own = await up({ web: server({ replicas: 1 }) });
  const [first] = Object.values(pidsOf(await serving(own, 1)));
  expect(own.cli('scale', 'web', '3').status).toBe(0);
  await serving(own, 3);
  const busy = Array.from({ length: 3 }, () => call(own, { holdMs: 1500 }));
  await own.until('a call in each', async () =>
    (await scaleOf(own)).replicas.every(({ inFlight }) => inFlight === 1),
  );
  await own.client().send('POST', '/api/agents/web/scale', { replicas: 1 });
  const leaving = await scaleOf(own);
  expect(leaving.replicas.map(({ isLeaving }) => isLeaving)).toEqual([false, true, true]);
  const outcomes = await Promise.all(busy);
  expect(outcomes.map(({ ok }) => ok)).toEqual([true, true, true]);
  expect(Object.values(pidsOf(await serving(own, 1)))).toEqual([first]);
  const { decisions } = await scaleOf(own);
  expect(decisions.map(({ from, to }) => [from, to])).toEqual([
    [1, 3],
    [3, 1],
  ]);
});

test('scale: of a stopped agent starts nobody; its start does, each on a port that is free', async () => {
  const own = await up({ web: server({ replicas: 1 }) });
  const [first] = (await serving(own, 1)).replicas;
  expect(own.cli('stop', 'web').status).toBe(0);
  const thief = createServer().listen(first?.port ?? 0, '127.0.0.1');
  await once(thief, 'listening');
  await own.client().send('POST', '/api/agents/web/scale', { replicas: 2 });
  await wait(500);
  expect([own.processes().size, (await scaleOf(own)).isStopped]).toEqual([0, true]);
  expect(own.cli('start', 'web').status).toBe(0);
  const view = await serving(own, 2);
  thief.close();
  expect(view.replicas.map(({ port }) => port)).not.toContain(first?.port);
  expect((await call(own)).ok).toBe(true);
});

test('scale: a number set by hand outlives kill -9 of the daemon', async () => {
  const own = await up({ web: server({ replicas: 1 }) });
  await serving(own, 1);
  await own.client().send('POST', '/api/agents/web/scale', { replicas: 2 });
  await own.kill('SIGKILL');
  await own.up();
  await serving(own, 2);
});

test('apply: another number in the file changes the number only; another variable replaces them one by one', async () => {
  const own = await startDaemon({ agents: { web: server({ replicas: 2 }) } });
  const before = pidsOf(await serving(own, 2));
  const write = (more: object) =>
    writeFileSync(
      join(own.folder, 'dreamnet.yaml'),
      JSON.stringify({ version: 1, agents: { web: server(more) } }),
    );
  write({ replicas: 3 });
  // The daemon watches its file: whoever comes first, it or the command, takes the change over.
  own.cli('apply');
  const more = pidsOf(await serving(own, 3));
  expect(more).toMatchObject(before);
  write({ replicas: 3, env: { COLOUR: 'blue' } });
  const stop = callWithoutEnd(own, 10);
  const { rolling } = await own.until('the rolling restart to be over', async () => {
    const view = await scaleOf(own);
    return view.rolling?.isOver && view;
  });
  expect(rolling).toMatchObject({
    phase: 'done',
    reason: expect.stringContaining('change of the fleet file'),
  });
  expect((await stop()).failures).toEqual([]);
  const after = Object.values(pidsOf(await serving(own, 3)));
  for (const pid of Object.values(more)) expect(after).not.toContain(pid);
  // Nothing of all this is a fault of anybody's wiring.
  expect(own.cli('events', '--pattern', 'gap.>').stdout).not.toContain('gap.detected');
  write({});
  own.cli('apply');
  expect(Object.keys(pidsOf(await serving(own, 1)))).toEqual(['web']);
  expect([...own.processes().keys()]).toEqual(['web']);
});

test('from zero: the first calls are held and answered, and later nothing runs again', async () => {
  const own = await up({
    web: server({ scale: { min: 0, max: 1, target: 5, every: '200ms', down: { window: '1s' } } }),
  });
  expect(own.processes().size).toBe(0);
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => call(own)));
  expect(outcomes.map(({ ok }) => ok)).toEqual(Array(20).fill(true));
  expect(new Set(outcomes.map((outcome) => outcome.ok && outcome.provider))).toEqual(new Set(['web#1']));
  await serving(own, 0);
  expect(own.processes().size).toBe(0);
  const { decisions } = await scaleOf(own);
  expect(decisions.map(({ from, to, because }) => [from, to, because])).toEqual([
    [0, 1, 'the first call of echo'],
    [1, 0, 'nothing was asked of it for 1 s'],
  ]);
});

test('from zero: a queue that is full and a first process that cannot start are answers', async () => {
  const own = await up({
    web: server({
      env: { BROKEN_FILE: '/dev/null' },
      scale: { min: 0, max: 1, target: 5, hold: { calls: 2, for: '1s' } },
    }),
  });
  const outcomes = await Promise.all(Array.from({ length: 5 }, () => call(own)));
  const codes = outcomes.map((outcome) => (outcome.ok ? 'ok' : outcome.code)).sort();
  expect(codes).toEqual([
    'DN_AGENT_HELD_FULL',
    'DN_AGENT_HELD_FULL',
    'DN_AGENT_HELD_FULL',
    'DN_AGENT_NOT_AWAKE',
    'DN_AGENT_NOT_AWAKE',
  ]);
});

test('scale by calls in flight: more when they pile up, and the decision says why', async () => {
  const own = await up({
    web: server({ scale: { min: 1, max: 3, metric: 'inflight', target: 1, every: '300ms' } }),
  });
  await serving(own, 1);
  const stop = callWithoutEnd(own, 100);
  const view = await serving(own, 3);
  await stop();
  expect(view.decisions.at(-1)).toMatchObject({ to: 3, metric: 'inflight', target: 1 });
  expect(view.decisions.at(-1)?.formula).toMatch(/^ceil\(\d+ × [\d.]+ \/ 1\) = \d+/);
  expect(own.cli('scale', 'web').stdout).toContain('follows inflight: 1 each');
});

test('scale by a metric of somebody else: from zero when there is something to do, and back', async () => {
  const own = await startDaemon({
    agents: {
      web: server({
        scale: {
          ...{ min: 0, max: 5, metric: 'depth', of: 'jobs', target: 10, every: '200ms' },
          down: { window: '1s' },
        },
      }),
    },
    subsystems: { jobs: { heartbeat: { ttl: '1m' } } },
  });
  const report = (depth: number) =>
    own.client().send('POST', '/api/heartbeats', { subsystem: 'jobs', status: 'ok', metrics: { depth } });
  await report(25);
  const view = await serving(own, 3);
  expect(view.decisions.at(-1)).toMatchObject({ from: 0, to: 3, formula: 'ceil(25 / 10) = 3' });
  await report(0);
  await serving(own, 0);
  expect((await scaleOf(own)).decisions.at(-1)).toMatchObject({ to: 0, value: 0 });
});

test('scale by processor time: one that computes gets company', async () => {
  const own = await up({
    busy: {
      runtime: 'node',
      command: ['node', '-e', 'for (;;);'],
      scale: { max: 2, metric: 'cpu', target: 0.1, every: '700ms' },
    },
  });
  const view = await own.until('a second one', async () => {
    const now = await scaleOf(own, 'busy');
    return now.desired === 2 && now;
  });
  expect(view.decisions.at(-1)).toMatchObject({ from: 1, to: 2, metric: 'cpu' });
  expect(view.decisions.at(-1)?.value).toBeGreaterThan(0.1);
});

test('secrets: a new value replaces replicas one after the other, no call fails, and the answer says what is being done', async () => {
  const bindings = [{ type: 'secrets', config: { TOKEN: { from: 'vault', key: 'token' } } }];
  const own = await up({ web: server({ replicas: 2, bindings }) });
  const set = async (value: string) =>
    (await own.client().send<{ outcomes: ReactionOutcome[] }>('PUT', '/api/vault/token', { value })).outcomes;
  const doings = (await set('value-number-one')).map(({ action }) => action);
  expect(doings).toEqual(['start', 'start']);
  const before = pidsOf(await serving(own, 2));
  const stop = callWithoutEnd(own, 10);
  expect(await set('value-number-two')).toMatchObject([
    { agent: 'web', action: 'roll', ok: true, because: expect.stringContaining('begun') },
  ]);
  // Those that were replaced already have the value of before: all are replaced once more.
  expect(await set('value-number-three')).toMatchObject([
    { agent: 'web', action: 'roll', ok: true, because: expect.stringContaining('follows') },
  ]);
  const env = (pid: number | null | undefined) => readFileSync(`/proc/${pid}/environ`, 'utf8');
  await own.until('all to have the newest value', async () => {
    const { replicas, serving: count, rolling } = await scaleOf(own);
    const pids = replicas.map(({ pid }) => pid);
    return (
      rolling?.isOver &&
      count === 2 &&
      pids.length === 2 &&
      !pids.includes(null) &&
      pids.every((pid) => env(pid).includes('value-number-three'))
    );
  });
  expect((await stop()).failures).toEqual([]);
  for (const pid of Object.values(before))
    expect(Object.values(pidsOf(await scaleOf(own)))).not.toContain(pid);
  expect(own.cli('bindings', 'rotate', 'web').stdout).toContain('web: rolling restart: ');
});
