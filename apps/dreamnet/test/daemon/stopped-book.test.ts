import { createMemoryStore } from '@dreamnet/adapters';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createLateWrites } from '../../src/daemon/late-writes.js';
import { createStoppedBook } from '../../src/daemon/stopped-book.js';

const late = createLateWrites({ clock: createFakeClock(), onTrouble: () => undefined });
const stop = { agent: 'coder', at: 1000, by: 'admin', freeze: null };

test('standing stops: the next daemon finds them as they were noted', async () => {
  const store = createMemoryStore();
  await createStoppedBook(store, late).note([stop]);
  const next = createStoppedBook(store, late);
  expect(await next.load()).toEqual([]);
  expect(next.list()).toEqual([stop]);
});

test('standing stops: one that cannot be read stands, and is named', async () => {
  const store = createMemoryStore();
  await store.commit([{ op: 'put', collection: 'stopped-agents', key: 'coder', value: { agent: 7 } }]);
  const book = createStoppedBook(store, late);
  expect(await book.load()).toEqual(['coder']);
  expect(book.get('coder')).toEqual({ agent: 'coder', at: 0, by: 'unknown', freeze: null });
  await book.remove(['coder']);
  expect(await createStoppedBook(store, late).load()).toEqual([]);
});

test('standing stops: one that the store does not take stands all the same, says so, and is written when there is room', async () => {
  const store = createMemoryStore();
  const clock = createFakeClock();
  const disk = { isFull: true };
  const full = {
    ...store,
    commit: async (writes: Parameters<typeof store.commit>[0]) => {
      if (disk.isFull) throw new Error('no room');
      await store.commit(writes);
    },
  };
  const book = createStoppedBook(full, createLateWrites({ clock, onTrouble: () => undefined }));
  expect(await book.note([stop])).toBe('no room');
  expect(book.get('coder')).toEqual(stop);
  disk.isFull = false;
  await clock.advance(1000);
  const next = createStoppedBook(store, late);
  await next.load();
  expect(next.list()).toEqual([stop]);
});

test('standing stops: whoever must know hears of a stop when it stands, before it is on disk', async () => {
  const told: string[] = [];
  const book = createStoppedBook(createMemoryStore(), late, (agents) => told.push(...agents));
  const noting = book.note([stop]);
  expect(told).toEqual([stop.agent]);
  await noting;
  await book.note([stop]);
  expect(told).toEqual([stop.agent]);
});

test('standing stops: one that comes while an earlier one is being removed is another one, and stands', async () => {
  const store = createMemoryStore();
  const book = createStoppedBook(store, late);
  await book.note([stop]);
  const later = { ...stop, at: 2000 };
  await Promise.all([book.remove(['coder']), book.note([later])]);
  expect(book.get('coder')).toEqual(later);
  const next = createStoppedBook(store, late);
  await next.load();
  expect(next.list()).toEqual([later]);
});
