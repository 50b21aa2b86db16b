import type { ExitRecord, Store, StoreWrite } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { createMemoryAllotments, memoryShortage } from '../../src/daemon/memory-allotments.js';

const MIB = 1024 * 1024;
const MACHINE = 1024 * MIB;

function fakeStore(): Store {
  const values = new Map<string, unknown>();
  const put = (write: StoreWrite) => {
    if (write.op === 'put') values.set(write.key, JSON.parse(JSON.stringify(write.value)));
  };
  return {
    commit: async (writes) => writes.forEach(put),
    read: async (_, key) => values.get(key),
    scan: async () => [...values].map(([key, value]) => ({ key, value })),
    readJournal: async () => [],
    close: async () => undefined,
  };
}

function exited(traits: Partial<ExitRecord['resources']> = {}): ExitRecord {
  return {
    ...{ at: 1, code: null, signal: 'SIGKILL', isKnown: true, stderrTail: [] },
    resources: {
      ...{ shortages: ['memory'], memoryKills: 1, forksRefused: 0, throttledMs: 0 },
      limits: { memoryBytes: 64 * MIB },
      ...traits,
    },
  };
}

test('allotments: one step doubles, to eight times the file and half of the machine at most', () => {
  const { next } = createMemoryAllotments(fakeStore(), MACHINE);
  expect(next(64 * MIB, 64 * MIB)).toBe(128 * MIB);
  expect(next(16 * MIB, 100 * MIB)).toBe(128 * MIB);
  expect(next(16 * MIB, 128 * MIB)).toBeUndefined();
  expect(next(400 * MIB, 400 * MIB)).toBe(512 * MIB);
  expect(next(600 * MIB, 600 * MIB)).toBeUndefined();
});

test('allotments: kept for the next daemon, until the file says something else', async () => {
  const store = fakeStore();
  const first = createMemoryAllotments(store, MACHINE);
  await first.give('a', { bytes: 128 * MIB, fileBytes: 64 * MIB, now: 5 });
  const second = createMemoryAllotments(store, MACHINE);
  await second.load();
  expect(second.find('a', 64 * MIB)).toEqual({ bytes: 128 * MIB, fileBytes: 64 * MIB, at: 5 });
  expect(second.find('a', 96 * MIB)).toBeUndefined();
  expect(second.find('b', 64 * MIB)).toBeUndefined();
});

test('allotments: what is no step of ours is refused by name', async () => {
  const allotments = createMemoryAllotments(fakeStore(), MACHINE);
  const fileBytes = 64 * MIB;
  for (const bytes of [129 * MIB, 63 * MIB, Number.NaN, '128', undefined])
    await expect(allotments.give('a', { bytes, fileBytes, now: 1 })).rejects.toMatchObject({
      code: 'DN_AGENT_ALLOTMENT_REFUSED',
    });
  await expect(allotments.give('a', { bytes: 1, fileBytes: undefined, now: 1 })).rejects.toMatchObject({
    code: 'DN_AGENT_ALLOTMENT_REFUSED',
  });
  expect(allotments.find('a', fileBytes)).toBeUndefined();
});

test('allotments: the same given again, as after a crash in between, stays what it is', async () => {
  const allotments = createMemoryAllotments(fakeStore(), MACHINE);
  for (const now of [1, 2]) await allotments.give('a', { bytes: 128 * MIB, fileBytes: 64 * MIB, now });
  expect(allotments.find('a', 64 * MIB)?.bytes).toBe(128 * MIB);
});

test('allotments: a record that is none is passed over', async () => {
  const store = fakeStore();
  await store.commit([{ op: 'put', collection: 'x', key: 'a', value: { bytes: 'many' } }]);
  const allotments = createMemoryAllotments(store, MACHINE);
  await allotments.load();
  expect(allotments.find('a', undefined)).toBeUndefined();
});

test('shortage: only of who is down, and only when the kernel ended it at its limit', () => {
  const allotments = createMemoryAllotments(fakeStore(), MACHINE);
  const of = (lastExit: ExitRecord | null, identity: { pid: number } | null = null) =>
    memoryShortage('a', { lastExit, identity } as never, { allotments, fileBytes: 64 * MIB });
  expect(of(exited())).toEqual({
    description: 'its memory limit of 64 MiB was reached and the kernel ended it',
    more: { description: "Give 'a' 128 MiB of memory", patch: { resources: { memory: 128 * MIB } } },
  });
  expect(of(exited(), { pid: 1 })).toBeUndefined();
  expect(of(exited({ shortages: ['pids'] }))).toBeUndefined();
  expect(of(null)).toBeUndefined();
  expect(of(exited({ limits: { memoryBytes: 512 * MIB } }))?.more).toBeUndefined();
});
