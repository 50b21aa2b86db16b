import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { withDeadline } from '../src/deadline.js';

test('deadline: a call in time gives its value and leaves no timer', async () => {
  const clock = createFakeClock();
  expect(
    await withDeadline(
      clock,
      100,
      async () => 'value',
      () => 'late',
    ),
  ).toBe('value');
  await clock.advance(0);
  expect(clock.pendingTimers).toBe(0);
});

test('deadline: a call that ignores its signal is left behind at the deadline, not a moment before', async () => {
  const clock = createFakeClock();
  let signal: AbortSignal | undefined;
  let outcome: string | undefined;
  const waiting = withDeadline(
    clock,
    100,
    (given) => {
      signal = given;
      return new Promise<string>(() => undefined);
    },
    () => 'late',
  ).then((value) => {
    outcome = value;
  });
  await clock.advance(99);
  expect([outcome, signal?.aborted]).toEqual([undefined, false]);
  await clock.advance(1);
  await waiting;
  expect([outcome, signal?.aborted]).toEqual(['late', true]);
});

test('deadline: the call’s own error is handed on; one that comes too late disturbs nobody', async () => {
  const clock = createFakeClock();
  const failing = withDeadline(
    clock,
    100,
    () => Promise.reject(new TypeError('x')),
    () => 'late',
  );
  await expect(failing).rejects.toThrow(TypeError);
  const late = withDeadline(
    clock,
    100,
    (signal) =>
      new Promise<string>((_, reject) => signal.addEventListener('abort', () => reject(new Error('y')))),
    () => 'late',
  );
  await clock.advance(100);
  expect(await late).toBe('late');
});
