import type { Store, StoreWrite } from '@dreamnet/contracts';
import { createFakeClock, refuseForGood } from '@dreamnet/testkit';
import { beforeAll, expect, test } from 'vitest';
import { keepMemoryOutOfDumps } from '../../src/daemon/core-dumps.js';
import { examineDaemon } from '../../src/daemon/examine.js';
import type { DaemonParts } from '../../src/daemon/parts.js';
import { tallyStore } from '../../src/daemon/store-tally.js';

const NO_AGENTS = { names: () => [], record: () => undefined };

beforeAll(keepMemoryOutOfDumps);

/** Parts that are well, but for what the store does. */
function partsWith(commit: () => Promise<void>, state = 'plain'): DaemonParts {
  return {
    clock: { now: () => 1 },
    store: { commit },
    storeTally: { refusals: () => undefined },
    bus: { stats: () => ({ published: 0, unrecorded: 0, undelivered: 0, pending: 0 }) },
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

test('doctor: refused writes of others are told with their count and the last reason, and are a finding for a minute', async () => {
  const clock = createFakeClock();
  const isEndless = (write: StoreWrite) => write.op === 'put' && write.key === 'endless';
  let isFull = true;
  const disk = {
    commit: async () => {
      if (isFull) throw new TypeError('no space left');
    },
  };
  const { store, tally } = tallyStore(refuseForGood(disk, isEndless) as unknown as Store, clock);
  await expect(store.commit([{ op: 'put', collection: 'c', key: 'a', value: 1 }])).rejects.toThrow();
  isFull = false;
  await expect(store.commit([{ op: 'put', collection: 'c', key: 'endless', value: 1 }])).rejects.toThrow();
  const parts = { ...partsWith(async () => undefined), storeTally: tally, store, clock };
  await clock.advance(3000);
  const findings = async () => (await examineDaemon(parts, NO_AGENTS)).filter(({ isOk }) => !isOk);
  expect(await findings()).toEqual([
    {
      check: 'store',
      isOk: false,
      details:
        'takes writes now; since the start 1 commits failed and 1 records can never be stored and were left out, the last 3 s ago: it is too long',
    },
  ]);
  await clock.advance(60_000);
  expect(await findings()).toEqual([]);
  expect(tally.figures()).toEqual({ refusedCommits: 1, unstorableRecords: 1 });
});

test('doctor: a journal whose commits fail is a finding before anything is lost', async () => {
  const stats = () => ({ published: 5, unrecorded: 0, undelivered: 0, pending: 3, problem: 'no space left' });
  const bus = { stats } as unknown as DaemonParts['bus'];
  const checks = await examineDaemon({ ...partsWith(async () => undefined), bus }, NO_AGENTS);
  expect(checks.filter(({ isOk }) => !isOk)).toEqual([
    {
      check: 'event journal',
      isOk: false,
      details: '5 published since the start, 0 not recorded, 3 wait: no space left',
    },
  ]);
});
