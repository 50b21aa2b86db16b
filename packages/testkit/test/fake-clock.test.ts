import { expect, test } from 'vitest';
import { createFakeClock } from '../src/fake-clock.js';

test('fake clock: stands still until it is moved, then both clocks move alike', async () => {
  const clock = createFakeClock(1000);
  expect([clock.now(), clock.monotonic()]).toEqual([1000, 0]);
  await clock.advance(5);
  expect([clock.now(), clock.monotonic()]).toEqual([1005, 5]);
});

test('fake clock: timers fire in the order of their time, equal ones in the order they were set, at their own time', async () => {
  const clock = createFakeClock(0);
  const seen: string[] = [];
  const at = (name: string, delayMs: number) =>
    clock.setTimeout(() => seen.push(`${name}@${clock.now()}`), delayMs);
  at('c', 20);
  at('a', 10);
  at('b', 10);
  at('later', 31);
  await clock.advance(30);
  expect(seen).toEqual(['a@10', 'b@10', 'c@20']);
  expect([clock.now(), clock.pendingTimers]).toEqual([30, 1]);
});

test('fake clock: a timer set by a timer or by the promises after it fires in the same advance', async () => {
  const clock = createFakeClock(0);
  const seen: number[] = [];
  const again = () => {
    seen.push(clock.now());
    if (seen.length < 3) Promise.resolve().then(() => clock.setTimeout(again, 10));
  };
  clock.setTimeout(again, 10);
  await clock.advance(100);
  expect(seen).toEqual([10, 20, 30]);
});

test('fake clock: a cleared timer does not fire, not even when cleared by one of the same moment', async () => {
  const clock = createFakeClock();
  const seen: string[] = [];
  clock.setTimeout(() => clock.clearTimeout(second), 10);
  const second = clock.setTimeout(() => seen.push('second'), 10);
  await clock.advance(10);
  expect(seen).toEqual([]);
  expect(clock.pendingTimers).toBe(0);
});

test('fake clock: a jump moves the wall clock only', async () => {
  const clock = createFakeClock(1000);
  let fired = false;
  clock.setTimeout(() => {
    fired = true;
  }, 10);
  clock.jump(-500);
  expect([clock.now(), clock.monotonic(), fired]).toEqual([500, 0, false]);
  await clock.advance(10);
  expect([clock.now(), fired]).toEqual([510, true]);
});
