import { expect, test } from 'vitest';
import { createWriteGroup } from '../../src/stores/write-group.js';

function recording(refuse: (writes: readonly number[]) => string | undefined) {
  const transactions: (readonly number[])[] = [];
  const group = createWriteGroup<number>({
    write: (writes) => {
      transactions.push(writes);
      const refusal = refuse(writes);
      if (refusal) throw new Error(refusal);
    },
    isAboutAll: (error) => error instanceof Error && error.message === 'all',
  });
  return { group, transactions };
}

test('write group: batches of one turn share one transaction', async () => {
  const { group, transactions } = recording(() => undefined);
  await Promise.all([group.add([1, 2]), group.add([3])]);
  await group.add([4]);
  expect(transactions).toEqual([[1, 2, 3], [4]]);
});

test('write group: a bad batch fails alone, the others are written', async () => {
  const { group, transactions } = recording((writes) => (writes.includes(3) ? 'one' : undefined));
  const outcomes = await Promise.allSettled([group.add([1, 2]), group.add([3]), group.add([4])]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(transactions).toEqual([[1, 2, 3, 4], [1, 2], [3], [4]]);
});

test('write group: what concerns the whole database is not tried again for each batch', async () => {
  const { group, transactions } = recording(() => 'all');
  const outcomes = await Promise.allSettled([group.add([1]), group.add([2])]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(transactions).toHaveLength(1);
});

test('write group: a transaction takes about 1000 writes and never splits a batch', async () => {
  const { group, transactions } = recording(() => undefined);
  const batch = (size: number) => Array.from({ length: size }, (_, index) => index);
  await Promise.all([group.add(batch(600)), group.add(batch(600)), group.add(batch(3000))]);
  expect(transactions.map((writes) => writes.length)).toEqual([600, 600, 3000]);
});

test('write group: flush writes at once what waits', async () => {
  const { group, transactions } = recording(() => undefined);
  const done = group.add([1]);
  group.flush();
  expect(transactions).toEqual([[1]]);
  await done;
});
