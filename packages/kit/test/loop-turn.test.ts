import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createAwakeClock, systemClock, takeTurn, workInTurns } from '../src/index.js';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test('turn: its time counts from the first who works in it, for all, until the next', async () => {
  let nowMs = 100;
  const clock = { monotonic: () => nowMs };
  const isOver = takeTurn(clock);
  nowMs = 105;
  const isOverForTheNext = takeTurn(clock);
  nowMs = 107;
  expect([isOver(), isOverForTheNext()]).toEqual([false, false]);
  nowMs = 108;
  expect([isOver(), isOverForTheNext()]).toEqual([true, true]);
  await turn();
  expect(takeTurn(clock)()).toBe(false);
});

test('turn: who comes when it is over already has 2 ms all the same', () => {
  let nowMs = 0;
  const clock = { monotonic: () => nowMs };
  takeTurn(clock);
  nowMs = 50;
  const isOver = takeTurn(clock);
  expect(isOver()).toBe(false);
  nowMs = 52;
  expect(isOver()).toBe(true);
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
  // Three of the first list, and the first of each of the others.
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
  takeTurn(createAwakeClock(base));
  nowMs = 7;
  const isOver = takeTurn(base);
  nowMs = 9;
  expect(isOver()).toBe(true);
});

test('turn: timers fire while somebody works through a long list', async () => {
  const clock = systemClock();
  const fired: number[] = [];
  let done = 0;
  for (const dueMs of [1, 2, 3]) clock.setTimeout(() => fired.push(done), dueMs);
  const untilMs = clock.monotonic() + 200;
  const endless = function* () {
    for (; clock.monotonic() < untilMs; done += 1) yield done;
  };
  await workInTurns(clock, endless(), () => undefined);
  expect(fired).toHaveLength(3);
  for (const doneThen of fired) expect(doneThen).toBeLessThan(done / 2);
});
