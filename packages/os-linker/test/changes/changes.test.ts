import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLinkerBench, describeAgent, type LinkerBench, PLAN } from '../fixtures/linker-bench.js';

let bench: LinkerBench;
beforeEach(async () => {
  bench = createLinkerBench();
  await bench.linker.open();
});
afterEach(() => bench.dispose());

test('register: the claimed status is not taken over; the rest is kept as given', async () => {
  const outcome = await bench.linker.registerProcess(describeAgent('agent', { status: 'running' }), PLAN);
  expect(outcome).toMatchObject({ change: 'registered', needsRestart: false });
  expect(bench.linker.getProcess('agent')).toEqual({ ...describeAgent('agent'), status: 'stopped' });
});

test('register: again with the same is nothing, with another is an update that counts from the next start', async () => {
  await bench.linker.registerProcess(describeAgent('agent'), PLAN);
  const commits = bench.store.commits.length;
  expect(await bench.linker.registerProcess(describeAgent('agent'), PLAN)).toMatchObject({
    change: 'unchanged',
  });
  expect(bench.store.commits.length).toBe(commits);
  await bench.linker.start('agent');
  const outcome = await bench.linker.registerProcess(describeAgent('agent', { name: 'Renamed' }), {
    ...PLAN,
    protocol: 'http',
  });
  expect(outcome).toMatchObject({ change: 'updated', changedFields: ['name', 'plan'], needsRestart: true });
  expect(outcome.process.status).toBe('running');
});

test('register: a plan is checked, and errors name the field and not the value', async () => {
  const plan = { ...PLAN, supervision: { ...PLAN.supervision, stopDeadlineMs: -1 } };
  await expect(bench.linker.registerProcess(describeAgent('agent'), plan)).rejects.toMatchObject({
    code: 'DN_LINKER_INVALID_LAUNCH_PLAN',
    message: expect.stringContaining('supervision.stopDeadlineMs'),
  });
  expect(bench.linker.listProcesses()).toEqual([]);
});

test('register: what the caller holds is not what the linker holds', async () => {
  const { process } = await bench.linker.registerProcess(describeAgent('agent'), PLAN);
  process.capabilities.push('stolen');
  bench.linker.listProcesses()[0]?.capabilities.push('stolen');
  expect(bench.linker.getProcess('agent')?.capabilities).toEqual([]);
});

test('register: a store that refuses leaves nothing behind, and a second try is stored', async () => {
  bench.store.failNext(1);
  const agent = describeAgent('agent', { capabilities: ['code'] });
  await expect(bench.linker.registerProcess(agent, PLAN)).rejects.toMatchObject({
    code: 'DN_LINKER_STORE_FAILED',
  });
  expect([bench.linker.listProcesses(), bench.linker.capabilitiesMap()]).toEqual([[], { mappings: {} }]);
  expect(await bench.linker.registerProcess(agent, PLAN)).toMatchObject({ change: 'registered' });
  expect(await bench.store.read('processes', 'agent')).toBeDefined();
});

test('capabilities: a process provides what its descriptor names, behind those already there', async () => {
  await bench.linker.mapCapability('code', 'openai');
  await bench.linker.registerProcess(describeAgent('agent', { capabilities: ['code', 'data.analysis'] }));
  expect(bench.linker.getProvidersForCapability('code.generation')).toEqual(['openai', 'agent']);
  await bench.linker.registerProcess(describeAgent('agent', { capabilities: ['data'] }));
  expect(bench.linker.capabilitiesMap()).toEqual({ mappings: { code: ['openai'], data: ['agent'] } });
  await bench.linker.unregisterProcess('agent');
  expect(bench.linker.capabilitiesMap()).toEqual({ mappings: { code: ['openai'] } });
  expect(await bench.store.scan('capability-map')).toEqual([
    { key: 'code', value: { providers: ['openai'] } },
  ]);
});

test('capabilities: mapped, unmapped, and rolled back when the store refuses', async () => {
  expect(await bench.linker.mapCapability('code', ['a', 'b', 'a'])).toEqual(['a', 'b']);
  bench.store.failNext(1);
  await expect(bench.linker.mapCapability('code', 'c')).rejects.toMatchObject({
    code: 'DN_LINKER_STORE_FAILED',
  });
  expect(bench.linker.getProvidersForCapability('code')).toEqual(['a', 'b']);
  expect(await bench.linker.unmapCapability('code', 'a')).toBe(true);
  expect(await bench.linker.unmapCapability('code', 'a')).toBe(false);
  expect(await bench.linker.unmapCapability('code')).toBe(true);
  expect(bench.linker.lookupCapability('code')).toEqual({ matched: null, providers: [] });
  await expect(bench.linker.mapCapability('a b', 'x')).rejects.toMatchObject({
    code: 'DN_LINKER_INVALID_CAPABILITY',
  });
});

test('unregister: not while it runs; then with its bindings', async () => {
  await bench.linker.registerProcess(describeAgent('agent'), PLAN);
  await bench.linker.bindEnvironment({ processId: 'agent', type: 'network', config: { access: 'none' } });
  await bench.linker.start('agent');
  await expect(bench.linker.unregisterProcess('agent')).rejects.toMatchObject({
    code: 'DN_LINKER_PROCESS_IS_RUNNING',
  });
  await bench.linker.stop('agent');
  expect(await bench.linker.unregisterProcess('agent')).toBe(true);
  expect(await bench.linker.unregisterProcess('agent')).toBe(false);
  expect([bench.linker.getProcess('agent'), bench.linker.listBindings()]).toEqual([undefined, []]);
  expect([await bench.store.scan('processes'), await bench.store.scan('bindings')]).toEqual([[], []]);
});

test('unregister: what its host would start again is ended first', async () => {
  await bench.linker.registerProcess(describeAgent('agent'), PLAN);
  await bench.linker.start('agent');
  bench.runtime.set('agent', 'broken');
  bench.linker.onProcessEvent({
    id: 'e',
    at: 0,
    source: 'supervisor',
    type: 'process.circuit-opened',
    subject: 'agent',
    data: { restarts: 4, periodMs: 1, retryAt: 1, lastExit: null },
  });
  expect(await bench.linker.unregisterProcess('agent')).toBe(true);
  expect(bench.runtime.host.get('agent')?.phase).toBe('idle');
});

test('bind: an id and the process’s own environment are filled in, and it is stored and told', async () => {
  await bench.linker.registerProcess(describeAgent('agent'));
  const binding = await bench.linker.bindEnvironment({
    processId: 'agent',
    type: 'files',
    config: { path: '/data' },
  });
  expect(binding).toMatchObject({ id: expect.stringMatching(/^binding-/), environmentId: 'env-production' });
  expect(await bench.store.read('bindings', binding.id)).toEqual(binding);
  expect(bench.published.at(-1)).toMatchObject({
    type: 'binding.changed',
    subject: 'agent',
    data: { processId: 'agent', type: 'files', change: 'bound' },
  });
  expect(await bench.linker.unbindEnvironment(binding.id)).toBe(true);
  expect(await bench.linker.unbindEnvironment(binding.id)).toBe(false);
  expect(bench.published.at(-1)).toMatchObject({ data: { change: 'unbound' } });
});

test('bind: the same again changes nothing, a store that refuses neither', async () => {
  await bench.linker.registerProcess(describeAgent('agent'));
  const input = { id: 'b', processId: 'agent', type: 'network' as const, config: { access: 'none' } };
  await bench.linker.bindEnvironment(input);
  const events = bench.published.length;
  await bench.linker.bindEnvironment(input);
  expect(bench.published.length).toBe(events);
  bench.store.failNext(1);
  await expect(bench.linker.bindEnvironment({ ...input, config: { access: 'host' } })).rejects.toMatchObject({
    code: 'DN_LINKER_STORE_FAILED',
  });
  expect(bench.linker.listBindings()).toMatchObject([{ config: { access: 'none' } }]);
  bench.store.failNext(1);
  await expect(bench.linker.unbindEnvironment('b')).rejects.toMatchObject({ code: 'DN_LINKER_STORE_FAILED' });
  expect(bench.linker.listBindings()).toHaveLength(1);
});

test.each([
  null,
  undefined,
  7,
  'binding',
  [],
  {},
  { processId: 'agent' },
  JSON.parse('{"__proto__":{"id":"x"}}'),
])('bind: %j is refused with a code', async (input) => {
  await expect(bench.linker.bindEnvironment(input as never)).rejects.toMatchObject({
    code: 'DN_LINKER_INVALID_BINDING',
  });
});

test('bind: a process must be registered first', async () => {
  const input = {
    processId: 'nobody',
    environmentId: 'e',
    type: 'network' as const,
    config: { access: 'none' },
  };
  await expect(bench.linker.bindEnvironment(input)).rejects.toMatchObject({
    code: 'DN_LINKER_UNKNOWN_PROCESS',
  });
});

test('secrets: a binding for another environment asks for nothing when its secret is set', async () => {
  await bench.linker.registerProcess(describeAgent('agent'), PLAN);
  const { environment } = describeAgent('agent').runtimeContext;
  const another = environment === 'production' ? 'development' : 'production';
  for (const [key, name] of [
    ['here', environment],
    ['elsewhere', another],
  ])
    await bench.linker.bindEnvironment({
      ...{ processId: 'agent', type: 'secrets', environmentId: `env-${name}` },
      config: { KEY: { from: 'vault', key } },
    });
  const asked = async (key: string) => (await bench.linker.setSecret(key, 'sk-a-value-of-it')).users;
  expect(await asked('here')).toEqual([{ processId: 'agent', reactions: ['restart'] }]);
  expect(await asked('elsewhere')).toEqual([]);
  expect(bench.linker.usersOfSecret('elsewhere')).toHaveLength(1);
});

test('secrets: setting one tells those bound to it, never the value', async () => {
  for (const id of ['one', 'two', 'three']) await bench.linker.registerProcess(describeAgent(id));
  for (const processId of ['one', 'two'])
    await bench.linker.bindEnvironment({
      processId,
      type: 'secrets',
      config: { KEY: { from: 'vault', key: 'shared' } },
    });
  const before = bench.published.length;
  expect(await bench.linker.setSecret('shared', 'sk-very-secret')).toEqual({
    version: 1,
    users: [
      { processId: 'one', reactions: ['restart'] },
      { processId: 'two', reactions: ['restart'] },
    ],
  });
  const told = bench.published.slice(before);
  expect(told.map((event) => [event.subject, event.type])).toEqual([
    ['one', 'binding.changed'],
    ['two', 'binding.changed'],
  ]);
  expect(JSON.stringify(told) + bench.store.dump()).not.toContain('sk-very-secret');
  expect(bench.redactor.redact('sk-very-secret')).toBe('<secret>');
});

test('many: 10 000 bindings given at once are all stored, and loaded page by page', async () => {
  await bench.linker.registerProcess(describeAgent('agent'));
  const commits = bench.store.commits.length;
  await Promise.all(
    Array.from({ length: 10_000 }, (_, number) =>
      bench.linker.bindEnvironment({
        id: `b${number}`,
        processId: 'agent',
        type: 'secrets',
        config: { [`KEY_${number}`]: { from: 'env', name: 'X' } },
      }),
    ),
  );
  // Written in groups, not one by one.
  expect(bench.store.commits.length - commits).toBeLessThan(100);
  const reborn = bench.reborn();
  expect(await reborn.open()).toMatchObject({ bindings: 10_000, unreadable: [] });
  expect(reborn.listBindings({ processId: 'agent' })).toHaveLength(10_000);
});
