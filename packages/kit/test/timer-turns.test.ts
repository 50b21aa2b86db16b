import { expect, test } from 'vitest';
import { createTimerTurns } from '../src/timer-turns.js';

let nowMs = 0;
const clock = { monotonic: () => nowMs };

/** As a callback with much to do does. */
function work(ms: number): void {
  nowMs += ms;
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test('timers: when the turn has become long the others have to wait for the next, in their order', async () => {
  const turns = createTimerTurns(clock);
  const fired: number[] = [];
  for (const number of [1, 2, 3, 4])
    turns.due({}, () => {
      fired.push(number);
      work(11);
    });
  expect(fired).toEqual([1]);
  turns.due({}, () => fired.push(5));
  for (let left = 20; fired.length < 5 && left > 0; left -= 1) {
    const before = fired.length;
    await turn();
    expect(fired.length - before).toBeLessThanOrEqual(1);
  }
  expect(fired).toEqual([1, 2, 3, 4, 5]);
});

test('timers: those that take no time fire at once', () => {
  const turns = createTimerTurns(clock);
  const fired: number[] = [];
  for (const number of [1, 2, 3]) turns.due({}, () => fired.push(number));
  expect(fired).toEqual([1, 2, 3]);
});

test('timers: one that is cleared while it waits for its turn does not fire', async () => {
  const turns = createTimerTurns(clock);
  const fired: string[] = [];
  const cleared = {};
  turns.due({}, () => work(11));
  turns.due(cleared, () => fired.push('cleared'));
  turns.due({}, () => fired.push('kept'));
  turns.forget(cleared);
  for (let left = 10; left > 0; left -= 1) await turn();
  expect(fired).toEqual(['kept']);
});

test('timers: a callback that throws takes none of the others with it', async () => {
  const turns = createTimerTurns(clock);
  const fired: string[] = [];
  expect(() =>
    turns.due({}, () => {
      work(11);
      throw new TypeError('mine');
    }),
  ).toThrow('mine');
  turns.due({}, () => fired.push('kept'));
  for (let left = 10; left > 0; left -= 1) await turn();
  expect(fired).toEqual(['kept']);
});
