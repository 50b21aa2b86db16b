import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createAwakeClock, sleptSinceMs } from '../src/index.js';

/** The fake clock with a time in which no timer of it runs, as while a process is stopped. */
function sleepable() {
  const clock = createFakeClock();
  let sleptMs = 0;
  return {
    clock: { ...clock, now: () => clock.now() + sleptMs, monotonic: () => clock.monotonic() + sleptMs },
    advance: clock.advance,
    sleep: (ms: number) => {
      sleptMs += ms;
    },
  };
}

test('awake clock: time the process slept is not counted, by whoever asks first', async () => {
  const { clock, advance, sleep } = sleepable();
  const awake = createAwakeClock(clock);
  awake.setTimeout(() => undefined, 120_000);
  await advance(10_000);
  sleep(60_000);
  // At most half a second of the sleep counts: when the last look was is known no better.
  expect(awake.monotonic()).toBeGreaterThanOrEqual(10_000);
  expect(awake.monotonic()).toBeLessThanOrEqual(10_500);
  await advance(5_000);
  expect(awake.monotonic()).toBeLessThanOrEqual(15_500);
  expect(awake.now()).toBe(clock.now());
});

test('awake clock: a timer that was due during the sleep comes when the rest of its time has passed awake', async () => {
  const { clock, advance, sleep } = sleepable();
  const awake = createAwakeClock(clock);
  let firedMs: number | undefined;
  awake.setTimeout(() => {
    firedMs = awake.monotonic();
  }, 10_000);
  await advance(4_000);
  sleep(60_000);
  await advance(3_000);
  expect(firedMs).toBeUndefined();
  await advance(10_000);
  expect(firedMs).toBeGreaterThanOrEqual(10_000);
});

test('awake clock: no timer comes before its time, however little of it is left after a sleep', async () => {
  const { clock, advance, sleep } = sleepable();
  const awake = createAwakeClock(clock);
  let firedMs: number | undefined;
  awake.setTimeout(() => {
    firedMs = awake.monotonic();
  }, 10_200);
  await advance(9_900);
  sleep(1_700);
  await advance(5_000);
  expect(firedMs).toBeGreaterThanOrEqual(10_200);
});

test('awake clock: a second of work is no sleep, and without a timer of its own it goes as the given one', async () => {
  const { clock, advance, sleep } = sleepable();
  const awake = createAwakeClock(clock);
  sleep(60_000);
  expect(awake.monotonic()).toBe(60_000);
  awake.setTimeout(() => undefined, 60_000);
  await advance(1_000);
  sleep(900);
  expect(awake.monotonic()).toBe(61_900);
});

test('awake clock: when its last timer is over or cleared nothing of it waits', async () => {
  const clock = createFakeClock();
  const awake = createAwakeClock(clock);
  awake.clearTimeout(awake.setTimeout(() => undefined, 1_000));
  expect(clock.pendingTimers).toBe(0);
  let fired = 0;
  awake.setTimeout(() => {
    fired += 1;
  }, 1_000);
  await clock.advance(2_000);
  expect([fired, clock.pendingTimers]).toEqual([1, 0]);
});

test('awake clock: how long the process slept since a moment is known, whoever asks first, and of other clocks nothing', async () => {
  const { clock, advance, sleep } = sleepable();
  const awake = createAwakeClock(clock);
  awake.setTimeout(() => undefined, 600_000);
  await advance(10_000);
  const beforeMs = awake.monotonic();
  sleep(60_000);
  expect(sleptSinceMs(awake, beforeMs)).toBeGreaterThanOrEqual(59_500);
  expect(sleptSinceMs(awake, beforeMs)).toBeLessThanOrEqual(60_000);
  await advance(2_000);
  const betweenMs = awake.monotonic();
  await advance(500);
  sleep(5_000);
  expect(sleptSinceMs(awake, betweenMs)).toBeLessThanOrEqual(5_000);
  expect(sleptSinceMs(awake, beforeMs)).toBeGreaterThanOrEqual(64_000);
  await advance(2_000);
  expect(sleptSinceMs(awake, awake.monotonic())).toBe(0);
  expect(sleptSinceMs(clock, 0)).toBe(0);
});

test('awake clock: of a hundred sleeps none is forgotten', async () => {
  const { clock, advance, sleep } = sleepable();
  const awake = createAwakeClock(clock);
  awake.setTimeout(() => undefined, 6_000_000);
  await advance(1_000);
  const beforeMs = awake.monotonic();
  for (let count = 0; count < 100; count += 1) {
    sleep(10_000);
    await advance(1_000);
  }
  expect(sleptSinceMs(awake, beforeMs)).toBeGreaterThanOrEqual(950_000);
});
