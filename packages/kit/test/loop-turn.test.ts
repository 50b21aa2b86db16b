import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createAwakeClock, isTurnOver, workInTurns } from '../src/index.js';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test('turn: its time counts from the first who asks, for all, until the next', async () => {
  let nowMs = 100;
  const clock = { monotonic: () => nowMs };
  expect(isTurnOver(clock)).toBe(false);
  nowMs = 107;
  expect(isTurnOver(clock)).toBe(false);
  nowMs = 108;
  expect(isTurnOver(clock)).toBe(true);
  await turn();
  expect(isTurnOver(clock)).toBe(false);
});

test('turn: who works in turns beside others has a part of them only, and is done in the end', async () => {
  let nowMs = 0;
  const clock = { monotonic: () => nowMs };
  const startedMs: number[] = [];
  const work = () => {
    startedMs.push(nowMs);
    nowMs += 3;
  };
  const lists = [1, 2, 3, 4].map(() => workInTurns(clock, [1, 2, 3, 4, 5], work));
  // The first of each list at once, and two more of the first.
  expect(startedMs).toHaveLength(6);
  for (let before = 6; startedMs.length < 20; before = startedMs.length) {
    await turn();
    expect(startedMs.length - before).toBeLessThanOrEqual(6);
  }
  await Promise.all(lists);
});

test('turn: a clock that stands still while the program sleeps shares the turns of the one it is based on', () => {
  let nowMs = 0;
  const base = { ...createFakeClock(), monotonic: () => nowMs };
  const awake = createAwakeClock(base);
  expect(isTurnOver(awake)).toBe(false);
  nowMs = 8;
  expect(isTurnOver(base)).toBe(true);
  expect(isTurnOver(awake)).toBe(true);
});
