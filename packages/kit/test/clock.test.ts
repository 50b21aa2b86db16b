import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { sleep, systemClock } from '../src/clock.js';

test('sleep: ends when its time is over', async () => {
  const clock = createFakeClock();
  let isOver = false;
  const sleeping = sleep(clock, 100).then(() => {
    isOver = true;
  });
  await clock.advance(99);
  expect(isOver).toBe(false);
  await clock.advance(1);
  await sleeping;
  expect(isOver).toBe(true);
});

test('sleep: the signal ends it early without an error and leaves no timer', async () => {
  const clock = createFakeClock();
  const controller = new AbortController();
  const sleeping = sleep(clock, 100, controller.signal);
  controller.abort();
  await sleeping;
  await sleep(clock, 100, controller.signal);
  expect(clock.pendingTimers).toBe(0);
});

test('sleep: zero still lets others go first', async () => {
  const clock = createFakeClock();
  const order: string[] = [];
  const sleeping = sleep(clock, 0).then(() => order.push('slept'));
  order.push('went on');
  await clock.advance(0);
  await sleeping;
  expect(order).toEqual(['went on', 'slept']);
});

// The one place that waits for real: it is the machine's clock that is tested. 10 ms.
test('system clock: monotonic never goes back, a timer fires, a cleared one does not', async () => {
  const clock = systemClock();
  const before = clock.monotonic();
  expect(Math.abs(clock.now() - Date.now())).toBeLessThan(1000);
  let cleared = false;
  clock.clearTimeout(
    clock.setTimeout(() => {
      cleared = true;
    }, 1),
  );
  await new Promise<void>((resolve) => {
    // The clock's own timers do not keep a program alive, so the test holds on by one of its own.
    const hold = setTimeout(() => undefined, 1000);
    clock.setTimeout(() => {
      clearTimeout(hold);
      resolve();
    }, 10);
  });
  expect(clock.monotonic() - before).toBeGreaterThanOrEqual(9);
  expect(cleared).toBe(false);
});

test('system clock: a delay beyond Node’s longest timer does not fire at once', async () => {
  const clock = systemClock();
  let fired = false;
  const timer = clock.setTimeout(() => {
    fired = true;
  }, 2 ** 40);
  await new Promise((resolve) => setImmediate(() => setTimeout(resolve, 5)));
  clock.clearTimeout(timer);
  expect(fired).toBe(false);
});
