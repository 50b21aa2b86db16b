import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLinkerBench, describeAgent, type LinkerBench, PLAN } from '../fixtures/linker-bench.js';

let bench: LinkerBench;
beforeEach(async () => {
  bench = createLinkerBench();
  await bench.linker.open();
  await bench.linker.registerProcess(describeAgent('agent'), PLAN);
});
afterEach(() => bench.dispose());

const status = () => bench.linker.getProcess('agent')?.status;
const bindSecret = () =>
  bench.linker.bindEnvironment({
    processId: 'agent',
    type: 'secrets',
    config: { API_KEY: { from: 'vault', key: 'openai' } },
  });

test('start: what was stopped runs, and every step is an event', async () => {
  const answer = await bench.linker.start('agent');
  expect(answer).toEqual({ ok: true, identity: '1001:10010', isNew: true, notEnforced: [] });
  expect(status()).toBe('running');
  expect(bench.statusChanges('agent')).toEqual(['stopped>pending', 'pending>running']);
});

test('start: the child gets base, context and bound secrets, and nothing else of the daemon', async () => {
  await bench.vault.set('openai', 'sk-secret');
  await bindSecret();
  await bench.linker.start('agent');
  expect(bench.runtime.launches[0]).toMatchObject({
    processId: 'agent',
    protocol: 'none',
    version: 'nodejs-20.x',
  });
  expect(bench.runtime.launches[0]?.env).toEqual({
    PATH: '/usr/bin',
    HOME: '/home/agent',
    NODE_ENV: 'production',
    API_KEY: 'sk-secret',
    DREAMNET_SECRETS: 'API_KEY',
  });
});

test('start: the intent is on disk before the launch', async () => {
  let stored: unknown;
  const launch = bench.runtime.launch.bind(bench.runtime);
  bench.runtime.launch = async (spec, io) => {
    stored = await bench.store.read('processes', 'agent');
    return launch(spec, io);
  };
  await bench.linker.start('agent', { reason: 'for a test' });
  expect(stored).toMatchObject({
    desired: 'running',
    intent: { kind: 'start', reason: 'for a test' },
    handle: { runtime: 'scripted', processId: 'agent', ref: {} },
    descriptor: { status: 'pending' },
  });
  expect(await bench.store.read('processes', 'agent')).toMatchObject({
    intent: null,
    identity: '1001:10010',
    descriptor: { status: 'running' },
  });
});

test('start: a store that refuses keeps anything from being started', async () => {
  bench.store.failNext(1);
  await expect(bench.linker.start('agent')).rejects.toMatchObject({
    code: 'DN_LINKER_STORE_FAILED',
    retryable: true,
  });
  expect(bench.runtime.launches).toEqual([]);
  expect(status()).toBe('error');
  expect(await bench.linker.start('agent')).toMatchObject({ ok: true });
});

test('start: what runs is left alone', async () => {
  await bench.linker.start('agent');
  expect(await bench.linker.start('agent')).toMatchObject({ ok: true, isNew: false, identity: '1001:10010' });
  expect(bench.runtime.launches).toHaveLength(1);
});

test('start: two at once launch one process', async () => {
  const [first, second] = await Promise.all([bench.linker.start('agent'), bench.linker.start('agent')]);
  expect([first, second]).toMatchObject([{ isNew: true }, { isNew: false }]);
  expect(bench.runtime.launches).toHaveLength(1);
});

test('start: a missing secret is an answer, found before anything starts; setting it lets it start', async () => {
  await bindSecret();
  const refused = await bench.linker.start('agent');
  expect(refused).toMatchObject({
    ok: false,
    code: 'DN_LINKER_CONFIGURATION_MISSING',
    problems: [{ key: 'secret:API_KEY', remedyHint: 'dreamnet bindings set openai < value' }],
  });
  expect([status(), bench.runtime.launches.length]).toEqual(['pending', 0]);
  expect(await bench.linker.setSecret('openai', 'sk-secret')).toEqual({
    version: 1,
    users: [{ processId: 'agent', reactions: ['restart'] }],
  });
  expect(await bench.linker.start('agent')).toMatchObject({ ok: true });
});

test('start: a runtime version that is not installed is an answer', async () => {
  bench.runtime.installed = ['nodejs-18.1.0'];
  expect(await bench.linker.start('agent')).toMatchObject({
    ok: false,
    code: 'DN_LINKER_RUNTIME_MISMATCH',
    problems: [{ expected: 'nodejs-20.x', observed: 'nodejs-18.1.0' }],
  });
  expect(status()).toBe('pending');
});

test('start: a launch that fails is an answer with the runtime’s own code, and the status says error', async () => {
  bench.runtime.faults.failLaunch = Object.assign(new Error('no such program'), {});
  expect(await bench.linker.start('agent')).toMatchObject({
    ok: false,
    message: 'no such program',
    problems: [],
  });
  expect(status()).toBe('error');
  expect(bench.linker.history('agent').at(-1)).toMatchObject({
    event: 'launch_failed',
    because: 'no such program',
  });
  bench.runtime.faults.failLaunch = undefined;
  expect(await bench.linker.start('agent')).toMatchObject({ ok: true });
});

test('start: a launch that fails and that its host tries again is pending, and the answer says so', async () => {
  const launch = bench.runtime.launch.bind(bench.runtime);
  bench.runtime.launch = async () => {
    bench.runtime.set('agent', 'backoff');
    throw new Error('no such program');
  };
  expect(await bench.linker.start('agent')).toMatchObject({
    ok: false,
    message: 'no such program; it is tried again',
  });
  expect(status()).toBe('pending');
  expect(bench.linker.history('agent', 3).map(({ event }) => event)).toEqual([
    ...['launch_requested', 'launch_failed', 'restart_scheduled'],
  ]);
  bench.runtime.launch = launch;
  expect(await bench.linker.start('agent')).toMatchObject({ ok: true, isNew: true });
});

test('start: what its host gave up is cleared away first', async () => {
  await bench.linker.start('agent');
  bench.runtime.set('agent', 'broken');
  expect(await bench.linker.start('agent')).toMatchObject({ ok: true, isNew: true });
  expect(bench.runtime.stops).toEqual([{ processId: 'agent', deadlineMs: 0 }]);
});

test('start: what its host starts again while that is written down is this start, and is not ended', async () => {
  await bench.linker.start('agent');
  bench.runtime.set('agent', 'backoff');
  const commit = bench.store.commit.bind(bench.store);
  bench.store.commit = async (writes) => {
    bench.runtime.set('agent', 'running', { pid: 7, startTicks: 70, bootId: 'boot' });
    await commit(writes);
  };
  expect(await bench.linker.start('agent')).toMatchObject({ ok: true, isNew: false, identity: '7:70' });
  expect([bench.runtime.stops, bench.runtime.launches.length]).toEqual([[], 1]);
  expect(await bench.linker.inspect('agent')).toMatchObject({
    process: { status: 'running' },
    identity: '7:70',
  });
});

test('stop: it ends with the plan’s deadline, or the given one, and stays stopped', async () => {
  await bench.linker.start('agent');
  expect(await bench.linker.stop('agent')).toEqual({ ok: true });
  expect([status(), bench.runtime.host.get('agent')?.phase]).toEqual(['stopped', 'idle']);
  await bench.linker.start('agent');
  await bench.linker.stop('agent', { deadlineMs: 5, reason: 'maintenance' });
  expect(bench.runtime.stops.map((one) => one.deadlineMs)).toEqual([700, 5]);
  expect(bench.linker.history('agent').at(-1)).toMatchObject({
    event: 'stop_completed',
    because: 'maintenance',
  });
});

test('stop: what never ran is stopped already', async () => {
  expect(await bench.linker.stop('agent')).toEqual({ ok: true });
  expect(bench.runtime.stops).toEqual([]);
});

test('stop: a failure is an answer, and the status stays what is true', async () => {
  await bench.linker.start('agent');
  bench.runtime.faults.failStop = new Error('will not die');
  expect(await bench.linker.stop('agent')).toMatchObject({ ok: false, message: 'will not die' });
  expect(status()).toBe('running');
});

test('stop: a store that refuses does not keep it from ending; the answer says so, and it can be stored later', async () => {
  await bench.linker.start('agent');
  bench.store.failNext(2);
  const answer = await bench.linker.stop('agent');
  expect(answer).toEqual({ ok: true, notKept: expect.stringContaining('disk full') });
  expect([status(), bench.runtime.stops.length]).toEqual(['stopped', 1]);
  expect(await bench.store.read('processes', 'agent')).toMatchObject({ desired: 'running' });
  await bench.linker.saveProcess('agent');
  const stored = { desired: 'stopped', identity: null, intent: null, descriptor: { status: 'stopped' } };
  expect(await bench.store.read('processes', 'agent')).toMatchObject(stored);
});

test('stop: what was written with the end, if not before it, is kept', async () => {
  await bench.linker.start('agent');
  bench.store.failNext(1);
  expect(await bench.linker.stop('agent')).toEqual({ ok: true });
  expect(await bench.store.read('processes', 'agent')).toMatchObject({ desired: 'stopped', intent: null });
});

test('restart: another process takes its place, and both identities are told', async () => {
  await bench.linker.start('agent');
  expect(await bench.linker.restart('agent', { reason: 'stuck', deadlineMs: 0 })).toEqual({
    ok: true,
    previousIdentity: '1001:10010',
    identity: '1002:10020',
    notEnforced: [],
  });
  expect(bench.runtime.stops).toEqual([{ processId: 'agent', deadlineMs: 0 }]);
  expect(bench.statusChanges('agent').slice(2)).toEqual([
    'running>stopped',
    'stopped>pending',
    'pending>running',
  ]);
});

test('restart: callers at the same time share one, a later one is another', async () => {
  await bench.linker.start('agent');
  const answers = await Promise.all([1, 2, 3].map(() => bench.linker.restart('agent')));
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(bench.runtime.launches).toHaveLength(2);
  await bench.linker.restart('agent');
  expect(bench.runtime.launches).toHaveLength(3);
});

test('restart: the same process afterwards is not success', async () => {
  await bench.linker.start('agent');
  bench.runtime.faults.keepIdentity = true;
  expect(await bench.linker.restart('agent')).toMatchObject({
    ok: false,
    code: 'DN_LINKER_IDENTITY_UNCHANGED',
  });
});

test('restart: a working process is not ended when its successor could not start', async () => {
  await bench.linker.setSecret('openai', 'sk-secret');
  await bindSecret();
  await bench.linker.start('agent');
  await bench.vault.delete('openai');
  expect(await bench.linker.restart('agent')).toMatchObject({
    ok: false,
    code: 'DN_LINKER_CONFIGURATION_MISSING',
  });
  expect([status(), bench.runtime.stops.length]).toEqual(['running', 0]);
});

test('restart: what does not run is started', async () => {
  expect(await bench.linker.restart('agent')).toMatchObject({ ok: true, previousIdentity: null });
  expect(status()).toBe('running');
});

test('operations: those on one process wait for each other, those on two do not', async () => {
  await bench.linker.registerProcess(describeAgent('other'), PLAN);
  let release: () => void = () => undefined;
  bench.runtime.faults.hold = new Promise((resolve) => {
    release = () => resolve();
  });
  const held = bench.linker.start('agent');
  const stop = bench.linker.stop('agent');
  const other = bench.linker.stop('other');
  expect(await other).toEqual({ ok: true });
  expect(bench.runtime.stops).toEqual([]);
  expect(['agent', 'other', 'unknown'].map(bench.linker.isBusy)).toEqual([true, false, false]);
  release();
  expect(await held).toMatchObject({ ok: true });
  expect(bench.linker.isBusy('agent')).toBe(true);
  expect(await stop).toEqual({ ok: true });
  expect(bench.linker.isBusy('agent')).toBe(false);
  expect(status()).toBe('stopped');
});

test('errors: unknown processes and those without a plan are told apart', async () => {
  await bench.linker.registerProcess(describeAgent('bare'));
  await expect(bench.linker.start('bare')).rejects.toMatchObject({ code: 'DN_LINKER_NOT_LAUNCHABLE' });
  for (const id of ['nobody', '__proto__', 'a\u001b[2J']) {
    const refused = { code: 'DN_LINKER_UNKNOWN_PROCESS', message: expect.not.stringMatching(/\p{Cc}/u) };
    await expect(bench.linker.start(id)).rejects.toMatchObject(refused);
    await expect(bench.linker.stop(id)).rejects.toMatchObject(refused);
    await expect(bench.linker.restart(id)).rejects.toMatchObject(refused);
    await expect(bench.linker.inspect(id)).rejects.toMatchObject(refused);
  }
});

test('invoke: only what runs is called, by the injected invoker', async () => {
  await expect(bench.linker.invoke('agent', {})).rejects.toMatchObject({ code: 'DN_LINKER_NO_INVOKER' });
  const linker = bench.reborn({
    invoker: async ({ processId, capability, input }) => [processId, capability, input],
  });
  await linker.open();
  await expect(linker.invoke('agent', {})).rejects.toMatchObject({
    code: 'DN_LINKER_NOT_RUNNING',
    retryable: true,
  });
  await linker.start('agent');
  expect(await linker.invoke('agent', { n: 1 }, { capability: 'code' })).toEqual(['agent', 'code', { n: 1 }]);
});

test('scale: a whole number, 0 included, is handed to the injected scaler with who asks for it', async () => {
  await expect(bench.linker.scale('agent', 2)).rejects.toMatchObject({ code: 'DN_LINKER_NO_SCALER' });
  const asked: unknown[] = [];
  const linker = bench.reborn({ scaler: async (request) => void asked.push(request) });
  await expect(linker.scale('agent', 2)).rejects.toMatchObject({ code: 'DN_LINKER_NOT_OPEN' });
  await linker.open();
  await linker.scale('agent', 0, 'somebody');
  await linker.scale('agent', 3);
  expect(asked).toEqual([
    { processId: 'agent', replicas: 0, actor: 'somebody' },
    { processId: 'agent', replicas: 3, actor: 'unknown' },
  ]);
  for (const replicas of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])
    await expect(linker.scale('agent', replicas)).rejects.toMatchObject({
      code: 'DN_LINKER_INVALID_SCALE',
    });
  expect(asked).toHaveLength(2);
});

test('gate: nothing is changed before open or after close', async () => {
  const fresh = bench.reborn();
  await expect(fresh.start('agent')).rejects.toMatchObject({ code: 'DN_LINKER_NOT_OPEN' });
  await bench.linker.close();
  await bench.linker.close();
  await expect(bench.linker.start('agent')).rejects.toMatchObject({ code: 'DN_LINKER_NOT_OPEN' });
  await expect(bench.linker.open()).rejects.toMatchObject({ code: 'DN_LINKER_NOT_OPEN' });
});

test('secrecy: no event, record, history or answer holds a secret, even when the runtime blurts it out', async () => {
  await bench.linker.setSecret('openai', 'sk-very-secret');
  await bindSecret();
  bench.runtime.faults.failLaunch = new Error('exec failed with API_KEY=sk-very-secret');
  const failed = await bench.linker.start('agent');
  bench.runtime.faults.failLaunch = undefined;
  const started = await bench.linker.start('agent');
  bench.runtime.faults.failStop = new Error('stop failed: sk-very-secret');
  const stopped = await bench.linker.stop('agent', { reason: 'sk-very-secret leaked' });
  const inspected = await bench.linker.inspect('agent');
  const everything = JSON.stringify([
    failed,
    started,
    stopped,
    inspected,
    bench.published,
    bench.linker.history('agent'),
    bench.linker.listBindings(),
    bench.store.dump(),
  ]);
  expect(failed).toMatchObject({ message: 'exec failed with API_KEY=<secret>' });
  expect(everything).not.toContain('sk-very-secret');
});
