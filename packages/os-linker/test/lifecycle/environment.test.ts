import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLinkerBench, describeAgent, type LinkerBench, PLAN } from '../fixtures/linker-bench.js';

const VENV = '/agent/.venv';
let bench: LinkerBench;
beforeEach(async () => {
  bench = createLinkerBench();
  await bench.linker.open();
  await bench.linker.registerProcess(describeAgent('a'), PLAN);
  bench.runtime.environment = { path: VENV, isThere: true };
  expect(await bench.linker.start('a')).toMatchObject({ ok: true });
});
afterEach(() => bench.dispose());

const GONE = {
  ok: false,
  code: 'DN_LINKER_RUNTIME_MISMATCH',
  problems: [{ key: 'environment', expected: VENV, remedyHint: expect.stringContaining('interpreter') }],
};

test('environment: what a process ran in is told to its runtime at the next launch, also by another daemon', async () => {
  await bench.linker.restart('a');
  expect(bench.runtime.launches.map(({ environment }) => environment)).toEqual([undefined, VENV]);
  await bench.linker.close();
  const next = bench.reborn();
  await next.open();
  const [adoptable] = await next.listAdoptable();
  expect(adoptable?.spec.id).toBe('a');
  await next.restart('a');
  expect(bench.runtime.launches.at(-1)?.environment).toBe(VENV);
});

test('environment: one that is gone refuses the restart, and what runs goes on', async () => {
  bench.runtime.environment = { path: VENV, isThere: false };
  expect(await bench.linker.restart('a')).toMatchObject(GONE);
  expect(bench.linker.getProcess('a')?.status).toBe('running');
  expect(bench.runtime.launches).toHaveLength(1);
});

test('environment: one that is gone refuses the start, nothing is tried further, and it counts again once it is back', async () => {
  await bench.linker.stop('a');
  bench.runtime.set('a', 'backoff');
  bench.runtime.environment = { path: VENV, isThere: false };
  expect(await bench.linker.start('a')).toMatchObject(GONE);
  expect(bench.linker.getProcess('a')?.status).toBe('pending');
  expect(bench.runtime.host.get('a')?.phase).toBe('idle');
  bench.runtime.environment = { path: VENV, isThere: true };
  expect(await bench.linker.start('a')).toMatchObject({ ok: true });
});

test('environment: a process that chooses otherwise forgets the one it had', async () => {
  bench.runtime.environment = null;
  await bench.linker.restart('a');
  await bench.linker.restart('a');
  expect(bench.runtime.launches.at(-1)?.environment).toBeUndefined();
});

test('environment: the one that was found for a launch is told to the runtime with it, so that nobody looks twice', async () => {
  expect(bench.runtime.launches.at(-1)?.found).toEqual({ path: VENV, isThere: true });
  bench.runtime.environment = null;
  await bench.linker.restart('a');
  expect(bench.runtime.launches.at(-1)?.found).toBeNull();
});
