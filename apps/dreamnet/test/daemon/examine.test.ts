import { beforeAll, expect, test } from 'vitest';
import { keepMemoryOutOfDumps } from '../../src/daemon/core-dumps.js';
import { examineDaemon } from '../../src/daemon/examine.js';
import type { DaemonParts } from '../../src/daemon/parts.js';

const NO_AGENTS = { names: () => [], record: () => undefined };

beforeAll(keepMemoryOutOfDumps);

/** Parts that are well, but for what the store does. */
function partsWith(commit: () => Promise<void>, state = 'plain'): DaemonParts {
  return {
    clock: { now: () => 1 },
    store: { commit },
    bus: { stats: () => ({ published: 0, unrecorded: 0, undelivered: 0 }) },
    linker: { listProcesses: () => [], listBindings: () => [] },
    refusal: () => undefined,
    loaded: () => ({ fleet: { vault: {}, context: { environment: 'development' } } }),
    vault: { keys: async () => [], lock: { state: async () => state } },
    folder: { problem: () => undefined },
    supervisor: { diagnostics: () => [] },
    core: { audit: { verify: async () => ({ ok: true, entries: 3 }) } },
  } as unknown as DaemonParts;
}

test('doctor: a store that takes no writes, as on a full disk, is found and its reason told', async () => {
  const checks = await examineDaemon(
    partsWith(() => Promise.reject(new TypeError('no space left'))),
    NO_AGENTS,
  );
  expect(checks.filter(({ isOk }) => !isOk)).toEqual([
    { check: 'store', isOk: false, details: 'no space left' },
  ]);
});

test('doctor: when all is well every check says so', async () => {
  const checks = await examineDaemon(
    partsWith(async () => undefined),
    NO_AGENTS,
  );
  expect(checks.every(({ isOk }) => isOk)).toBe(true);
});

test('doctor: a locked vault is a finding, with what to do', async () => {
  const checks = await examineDaemon(
    partsWith(async () => undefined, 'locked'),
    NO_AGENTS,
  );
  expect(checks.filter(({ isOk }) => !isOk)).toEqual([
    { check: 'vault', isOk: false, details: 'locked: dreamnet secrets unlock < FILE' },
  ]);
});
