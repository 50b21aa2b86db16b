import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { type CallEnd, createCarriedCalls } from '../../src/daemon/carried-calls.js';

function rig() {
  const clock = createFakeClock();
  const process = { pid: 1 };
  const heard: string[] = [];
  const book = createCarriedCalls({
    clock,
    identityOf: () => ({ pid: process.pid, startTicks: 1, bootId: '' }),
    stallAfterMs: () => 60_000,
  });
  book.onChange((provider) => heard.push(provider));
  /** A call that takes so long and ends so. */
  const call = async (ms: number, end: CallEnd) => {
    const over = book.begin('a', 30_000);
    await clock.advance(ms);
    over(end);
  };
  return { clock, process, heard, book, call };
}

test('carried calls: open ones are told with their age and the time they have left', async () => {
  const { clock, book } = rig();
  const over = book.begin('a', 30_000);
  await clock.advance(4000);
  expect(book.of('a')).toEqual({ open: [{ ageMs: 4000, leftMs: 26_000 }] });
  over('answered');
  await clock.advance(1000);
  expect(book.of('a')).toEqual({ open: [], answeredAgoMs: 1000 });
  expect(book.of('b')).toBeUndefined();
});

test('carried calls: long ones without an answer are counted from the begin of the first; any answer ends the count', async () => {
  const { heard, book, call } = rig();
  for (let count = 0; count < 3; count += 1) await call(12_000, 'unanswered');
  expect(book.of('a')?.unanswered).toEqual({ count: 3, forMs: 36_000, agoMs: 0 });
  await call(12_000, 'over');
  expect(book.of('a')?.unanswered).toMatchObject({ count: 3 });
  await call(5, 'answered');
  expect(book.of('a')?.unanswered).toBeUndefined();
  expect(heard).toHaveLength(4);
});

test('carried calls: who is in a hurry says nothing about whom it called', async () => {
  const { heard, book, call } = rig();
  for (let count = 0; count < 20; count += 1) await call(900, 'unanswered');
  expect([heard, book.isDoubted('a'), book.of('a')?.unanswered]).toEqual([[], false, undefined]);
  // Longer than a second makes others be asked first; longer than ten seconds is held against it.
  for (let count = 0; count < 20; count += 1) await call(1500, 'unanswered');
  expect([book.isDoubted('a'), book.of('a')?.unanswered]).toEqual([true, undefined]);
});

test('carried calls: others are asked before who was overtaken again and again; nothing is held against it', async () => {
  const { book, call } = rig();
  for (let count = 0; count < 5; count += 1) await call(20_000, 'overtaken');
  expect([book.isDoubted('a'), book.of('a')?.unanswered]).toEqual([true, undefined]);
  await call(1, 'answered');
  expect(book.isDoubted('a')).toBe(false);
});

test('carried calls: after two without an answer it is doubted for half a minute, and that is told when it is over', async () => {
  const { clock, heard, book, call } = rig();
  await call(2000, 'unanswered');
  expect(book.isDoubted('a')).toBe(false);
  await call(2000, 'unanswered');
  expect(book.isDoubted('a')).toBe(true);
  heard.length = 0;
  await clock.advance(30_000);
  expect([book.isDoubted('a'), heard]).toEqual([false, ['a']]);
  // One more, and it is again.
  await call(2000, 'unanswered');
  expect(book.isDoubted('a')).toBe(true);
  await call(1, 'answered');
  expect(book.isDoubted('a')).toBe(false);
});

test('carried calls: another process begins with a clean record, and late ends of calls to the old one change nothing', async () => {
  const { process, book, call } = rig();
  await call(12_000, 'unanswered');
  await call(12_000, 'unanswered');
  const late = book.begin('a', 30_000);
  process.pid = 2;
  expect([book.of('a'), book.isDoubted('a')]).toEqual([undefined, false]);
  const over = book.begin('a', 30_000);
  late('unanswered');
  over('over');
  expect(book.of('a')).toEqual({ open: [] });
});
