import { expect, test } from 'vitest';
import { createWriteGroup } from '../../src/stores/write-group.js';

function recording(
  refuse: (writes: readonly number[]) => string | undefined,
  sync: () => Promise<void> = async () => undefined,
  afterwards: () => Promise<void> = async () => undefined,
) {
  const transactions: (readonly number[])[] = [];
  let nowMs = 0;
  const group = createWriteGroup<number>({
    // Each transaction takes 5 ms.
    clock: { monotonic: () => nowMs },
    write: (writes) => {
      nowMs += 5;
      transactions.push(writes);
      const refusal = refuse(writes);
      if (refusal) throw new Error(refusal);
    },
    sync,
    afterwards,
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

const batchOf = (size: number) => Array.from({ length: size }, (_, index) => index);

test('write group: a transaction takes about 64 writes and never splits a batch', async () => {
  const { group, transactions } = recording(() => undefined);
  await Promise.all([40, 24, 30, 600, 3000].map((size) => group.add(batchOf(size))));
  expect(transactions.map((writes) => writes.length)).toEqual([64, 30, 600, 3000]);
});

test('write group: others get their turn between the transactions of a large group, which is synced once', async () => {
  const seen: string[] = [];
  const { group } = recording(
    () => {
      seen.push('write');
      return undefined;
    },
    async () => {
      seen.push('sync');
    },
  );
  const all = Promise.all(Array.from({ length: 5 }, () => group.add(batchOf(60))));
  for (let turn = 0; turn < 6; turn += 1) {
    await nextTurn();
    seen.push('turn');
  }
  await all;
  expect(seen.filter((what) => what !== 'turn')).toEqual([
    'write',
    'write',
    'write',
    'write',
    'write',
    'sync',
  ]);
  expect(seen.join(' ')).toMatch(/write write (turn )+write write (turn )+write (turn )*sync/);
});

test('write group: what comes while a group is brought to disk is the next group', async () => {
  const syncs: (() => void)[] = [];
  const { group, transactions } = recording(
    () => undefined,
    () => new Promise((resolve) => syncs.push(resolve)),
  );
  const done: number[] = [];
  const add = (value: number) => group.add([value]).then(() => done.push(value));
  const first = add(1);
  await nextTurn();
  const others = [add(2)];
  await nextTurn();
  others.push(add(3));
  await nextTurn();
  expect({ transactions, done }).toEqual({ transactions: [[1]], done: [] });
  syncs.shift()?.();
  await first;
  await nextTurn();
  expect({ transactions, done }).toEqual({ transactions: [[1], [2, 3]], done: [1] });
  syncs.shift()?.();
  await Promise.all(others);
  expect(syncs).toEqual([]);
});

test('write group: what could not be brought to disk is refused, what comes later is not', async () => {
  const outcomes = [new Error('disk'), undefined];
  const { group } = recording(
    () => undefined,
    async () => {
      const outcome = outcomes.shift();
      if (outcome) throw outcome;
    },
  );
  await expect(group.add([1])).rejects.toThrow('disk');
  await group.add([2]);
});

test('write group: a transaction that wrote nothing needs no disk', async () => {
  const { group } = recording(
    () => 'all',
    async () => expect.unreachable('nothing to sync'),
  );
  await expect(group.add([1])).rejects.toThrow('all');
});

test('write group: draining waits for the disk and for what was added meanwhile', async () => {
  const { group, transactions } = recording(() => undefined, nextTurn);
  const done = [group.add([1])];
  await nextTurn();
  done.push(group.add([2]));
  await group.drain();
  expect(transactions).toEqual([[1], [2]]);
  await Promise.all(done);
});

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test('write group: nobody writes before what is done after a group has been done', async () => {
  const ends: (() => void)[] = [];
  const { group, transactions } = recording(
    () => undefined,
    undefined,
    () => new Promise((resolve) => ends.push(resolve)),
  );
  await group.add([1]);
  const second = group.add([2]);
  await nextTurn();
  await nextTurn();
  expect(transactions).toEqual([[1]]);
  ends.shift()?.();
  await second;
  expect(transactions).toEqual([[1], [2]]);
});

test('write group: nothing is done after a group that could not be brought to disk', async () => {
  const { group } = recording(
    () => undefined,
    () => Promise.reject(new Error('disk')),
    () => expect.unreachable('the log is not on disk'),
  );
  await expect(group.add([1])).rejects.toThrow('disk');
  await group.drain();
});
