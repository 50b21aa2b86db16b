import { createFakeClock } from '@dreamnet/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createDueQueue } from '../src/due-queue.js';

test('due queue: whatever the order of pushing, things come in the order of their times, each at its time', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 60 }), async (times) => {
      const clock = createFakeClock();
      const came: number[] = [];
      const queue = createDueQueue<number>(clock, (dueMs) => {
        expect(clock.monotonic()).toBe(dueMs);
        came.push(dueMs);
      });
      for (const dueMs of times) queue.push(dueMs, dueMs);
      expect(clock.pendingTimers).toBe(times.length === 0 ? 0 : 1);
      await clock.advance(501);
      expect(came).toEqual([...times].sort((a, b) => a - b));
      expect(queue.size).toBe(0);
    }),
    { numRuns: 30 },
  );
});

test('due queue: an item that is always due again comes once per turn of the timer, so others get their turn', async () => {
  const inner = createFakeClock();
  let turns = 0;
  const clock = {
    ...inner,
    setTimeout: (callback: () => void, delayMs: number) => {
      turns += 1;
      return inner.setTimeout(callback, delayMs);
    },
  };
  const came: string[] = [];
  const queue = createDueQueue<string>(clock, (item) => {
    came.push(item);
    if (item === 'greedy' && came.length < 10) queue.push(inner.monotonic(), item);
  });
  queue.push(5, 'greedy');
  queue.push(5, 'modest');
  await inner.advance(5);
  expect(came.slice(0, 2)).toEqual(['greedy', 'modest']);
  expect(came.length).toBe(10);
  expect(turns).toBe(9);
});
