import { createMemoryStore } from '@dreamnet/adapters';
import { expect, test } from 'vitest';
import { createStoppedBook } from '../../src/daemon/stopped-book.js';

const stop = { agent: 'coder', at: 1000, by: 'admin', freeze: null };

test('standing stops: the next daemon finds them as they were noted', async () => {
  const store = createMemoryStore();
  await createStoppedBook(store).note([stop]);
  const next = createStoppedBook(store);
  expect(await next.load()).toEqual([]);
  expect(next.list()).toEqual([stop]);
});

test('standing stops: one that cannot be read stands, and is named', async () => {
  const store = createMemoryStore();
  await store.commit([{ op: 'put', collection: 'stopped-agents', key: 'coder', value: { agent: 7 } }]);
  const book = createStoppedBook(store);
  expect(await book.load()).toEqual(['coder']);
  expect(book.get('coder')).toEqual({ agent: 'coder', at: 0, by: 'unknown', freeze: null });
  await book.remove(['coder']);
  expect(await createStoppedBook(store).load()).toEqual([]);
});
