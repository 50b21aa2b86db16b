import { afterEach, beforeEach, expect, test } from 'vitest';
import { diffData } from '../../src/changes/diff-data.js';
import { createLinkerBench, describeAgent, type LinkerBench, PLAN } from '../fixtures/linker-bench.js';

let bench: LinkerBench;
beforeEach(async () => {
  bench = createLinkerBench();
  await bench.linker.open();
});
afterEach(() => bench.dispose());

test('difference: dotted paths, lists as one, null where nothing was, equal fields left out', () => {
  expect(diffData({ a: { b: 1, c: [1], same: 1 } }, { a: { c: [1, 2], d: 'x', same: 1 } })).toEqual([
    { path: 'a.b', before: 1, after: null },
    { path: 'a.c', before: [1], after: [1, 2] },
    { path: 'a.d', before: null, after: 'x' },
  ]);
  expect(diffData(undefined, { a: 1 })).toEqual([{ path: 'a', before: null, after: 1 }]);
});

test('difference: variables named like secrets are masked, whatever is in them', () => {
  const env = (value: string) => ({
    runtimeContext: { env: { API_KEY: value, DB_PASSWORD: value, LEVEL: value } },
  });
  expect(diffData(env('one'), env('two'))).toEqual([
    { path: 'runtimeContext.env.API_KEY', before: '<secret>', after: '<secret>' },
    { path: 'runtimeContext.env.DB_PASSWORD', before: '<secret>', after: '<secret>' },
    { path: 'runtimeContext.env.LEVEL', before: 'one', after: 'two' },
  ]);
});

test('changes: who, when and every field before and after, for descriptors, bindings, mappings and secrets', async () => {
  const { linker, clock } = bench;
  await linker.registerProcess(describeAgent('one'), PLAN, 'anna');
  await clock.advance(1000);
  await linker.registerProcess(describeAgent('one', { name: 'Other' }), PLAN, 'ben');
  // What changes nothing is no change.
  await linker.registerProcess(describeAgent('one', { name: 'Other' }), PLAN, 'carl');
  const config = (key: string) => ({ KEY: { from: 'vault' as const, key } });
  await linker.bindEnvironment({ id: 'b', processId: 'one', type: 'secrets', config: config('old') }, 'anna');
  await linker.bindEnvironment({ id: 'b', processId: 'one', type: 'secrets', config: config('new') }, 'anna');
  await linker.setSecret('new', 'sk-very-secret', 'admin');
  await linker.mapCapability('code', 'one', 'anna');
  await linker.deleteSecret('new', 'admin');
  await linker.unbindEnvironment('b', 'ben');
  await linker.unregisterProcess('one', 'ben');
  const seen = linker.changes({ processId: 'one' });
  expect(seen.map(({ change, actor }) => `${change} by ${actor}`)).toEqual([
    'registered by anna',
    'updated by ben',
    'bound by anna',
    'rebound by anna',
    'secret-set by admin',
    'mapped by anna',
    'secret-deleted by admin',
    'unbound by ben',
    'unregistered by ben',
  ]);
  expect(seen[1]).toMatchObject({
    at: (seen[0]?.at ?? 0) + 1000,
    fields: [{ path: 'name', before: 'Agent one', after: 'Other' }],
  });
  expect(seen[3]?.fields).toEqual([{ path: 'config.KEY.key', before: 'old', after: 'new' }]);
  expect(seen[4]?.fields).toEqual([{ path: 'version', before: null, after: 1 }]);
  expect(JSON.stringify(seen) + bench.store.dump()).not.toContain('sk-very-secret');
  expect(linker.changes({ processId: 'one', limit: 2 })).toEqual(seen.slice(-2));
});

test('changes: a known secret that was put where it does not belong is masked', async () => {
  await bench.linker.setSecret('k', 'sk-very-secret');
  await bench.linker.registerProcess(
    describeAgent('one', { metadata: { note: 'use sk-very-secret' } }),
    PLAN,
  );
  expect(JSON.stringify(bench.linker.changes())).not.toContain('sk-very-secret');
  expect(JSON.stringify(bench.linker.changes())).toContain('use <secret>');
});

test('changes: they are there again after a restart of the daemon', async () => {
  await bench.linker.registerProcess(describeAgent('one'), PLAN, 'anna');
  const before = bench.linker.changes();
  await bench.linker.close();
  const reborn = bench.reborn();
  await reborn.open();
  expect(reborn.changes()).toEqual(before);
  await reborn.close();
});

test('changes: what the store did not take is not in the log', async () => {
  bench.store.failNext(1);
  await expect(bench.linker.registerProcess(describeAgent('one'), PLAN, 'anna')).rejects.toThrow();
  expect(bench.linker.changes()).toEqual([]);
});
