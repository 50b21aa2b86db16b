import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLinkerBench, describeAgent, type LinkerBench, PLAN } from '../fixtures/linker-bench.js';

let bench: LinkerBench;
/** What a dead daemon's calls do: they never settle. */
const never = new Promise<never>(() => undefined);
beforeEach(async () => {
  bench = createLinkerBench();
  await bench.linker.open();
  await bench.linker.registerProcess(describeAgent('agent'), PLAN);
});
afterEach(() => bench.dispose());

const nothing = { running: [], waiting: [], toStart: [], toStop: [], toRestart: [], unknown: [] };

test('open: everything is loaded, and nothing is believed to run until somebody looked', async () => {
  await bench.linker.start('agent');
  await bench.linker.bindEnvironment({ processId: 'agent', type: 'network', config: { access: 'host' } });
  await bench.linker.mapCapability('code', ['agent', 'openai']);
  const reborn = bench.reborn();
  expect(await reborn.open()).toEqual({ processes: 1, bindings: 1, unreadable: [] });
  expect(reborn.getProcess('agent')?.status).toBe('pending');
  expect(reborn.listBindings()).toEqual(bench.linker.listBindings());
  expect(reborn.capabilitiesMap()).toEqual({ mappings: { code: ['agent', 'openai'] } });
  expect(reborn.history('agent').map((change) => change.event)).toEqual([
    'registered',
    'launch_requested',
    'process_started',
    'sight_lost',
  ]);
});

test('recover: what runs on is running again, as the same process', async () => {
  await bench.linker.start('agent');
  const reborn = bench.reborn();
  await reborn.open();
  expect(await reborn.recover()).toEqual({ ...nothing, running: ['agent'] });
  expect(reborn.getProcess('agent')?.status).toBe('running');
  expect(await reborn.start('agent')).toMatchObject({ isNew: false, identity: '1001:10010' });
});

test('recover: what died meanwhile is an error and to be started', async () => {
  await bench.linker.start('agent');
  bench.runtime.set('agent', 'idle');
  const reborn = bench.reborn();
  await reborn.open();
  expect(await reborn.recover()).toEqual({ ...nothing, toStart: ['agent'] });
  expect(reborn.getProcess('agent')?.status).toBe('error');
});

test('recover: what its host will start again is only waited for', async () => {
  await bench.linker.start('agent');
  bench.runtime.set('agent', 'backoff');
  const reborn = bench.reborn();
  await reborn.open();
  expect(await reborn.recover()).toEqual({ ...nothing, waiting: ['agent'] });
});

test('recover: what was stopped stays stopped', async () => {
  await bench.linker.start('agent');
  await bench.linker.stop('agent');
  const reborn = bench.reborn();
  await reborn.open();
  expect(await reborn.recover()).toEqual(nothing);
  expect(reborn.getProcess('agent')?.status).toBe('stopped');
});

test('recover: a process whose launch nobody lived to record is found and not doubled', async () => {
  bench.runtime.launch = async (spec, io) => {
    await io.processes.launch({ id: spec.processId } as never);
    // The daemon dies here.
    return never;
  };
  void bench.linker.start('agent');
  await bench.clock.advance(0);
  for (let turn = 0; turn < 20 && !bench.runtime.host.get('agent'); turn += 1) await bench.clock.advance(0);
  const reborn = bench.reborn();
  await reborn.open();
  expect(await reborn.recover()).toEqual({ ...nothing, running: ['agent'] });
  expect(await reborn.start('agent')).toMatchObject({ ok: true, isNew: false });
});

test('recover: a stop that was begun is finished', async () => {
  await bench.linker.start('agent');
  bench.runtime.stop = () => never;
  void bench.linker.stop('agent');
  for (let turn = 0; turn < 20; turn += 1) await bench.clock.advance(0);
  const reborn = bench.reborn();
  await reborn.open();
  expect(await reborn.recover()).toEqual({ ...nothing, toStop: ['agent'] });
});

test('recover: a restart that was begun is finished when the old process lives, and is done when a new one does', async () => {
  await bench.linker.start('agent');
  bench.runtime.stop = () => never;
  void bench.linker.restart('agent');
  for (let turn = 0; turn < 20; turn += 1) await bench.clock.advance(0);
  const reborn = bench.reborn();
  await reborn.open();
  expect(await reborn.recover()).toEqual({ ...nothing, toRestart: ['agent'] });
  bench.runtime.set('agent', 'running', { pid: 3000, startTicks: 1, bootId: 'boot' });
  const again = bench.reborn();
  await again.open();
  expect(await again.recover()).toEqual({ ...nothing, running: ['agent'] });
});

test('recover: one that cannot be looked at does not keep the others from it', async () => {
  await bench.linker.registerProcess(describeAgent('other'), { ...PLAN, runtime: 'uninstalled' });
  await bench.linker.start('agent');
  const runtimes = {
    get: (kind: string) => {
      if (kind === 'uninstalled') throw new Error('no such runtime');
      return bench.runtime;
    },
  };
  const reborn = bench.reborn({ runtimes });
  await reborn.open();
  expect(await reborn.recover()).toEqual({
    ...nothing,
    running: ['agent'],
    unknown: [{ processId: 'other', because: 'no such runtime' }],
  });
});

test('adoptable: the specs a supervisor looks for, with the environment and what is missing', async () => {
  await bench.linker.bindEnvironment({
    processId: 'agent',
    type: 'secrets',
    config: { API_KEY: { from: 'vault', key: 'openai' } },
  });
  const [missing] = await bench.linker.listAdoptable();
  expect(missing?.problems.map((problem) => problem.key)).toEqual(['secret:API_KEY']);
  await bench.linker.setSecret('openai', 'sk-secret');
  const [ready] = await bench.linker.listAdoptable();
  expect(ready).toMatchObject({ desired: 'stopped', problems: [], spec: { id: 'agent' } });
  expect(ready?.spec.env.API_KEY).toBe('sk-secret');
  expect(await bench.linker.listAdoptable((id) => id !== 'agent')).toEqual([]);
});

test('open: a damaged record is reported and left, the rest is used', async () => {
  await bench.store.commit([
    { op: 'put', collection: 'processes', key: 'bad', value: { descriptor: 7 } },
    { op: 'put', collection: 'bindings', key: 'bad', value: JSON.parse('{"__proto__": {}}') },
    { op: 'append', journal: 'process-history', at: 1, value: 'nonsense' },
  ]);
  const reborn = bench.reborn();
  const report = await reborn.open();
  expect(report.unreadable.map(({ collection, key }) => [collection, key])).toEqual([
    ['processes', 'bad'],
    ['bindings', 'bad'],
  ]);
  expect(reborn.listProcesses().map((process) => process.id)).toEqual(['agent']);
  expect(await bench.store.read('processes', 'bad')).toEqual({ descriptor: 7 });
});
