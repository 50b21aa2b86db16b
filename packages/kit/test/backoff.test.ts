import { createFakeClock } from '@dreamnet/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffDelay, retry } from '../src/backoff.js';
import { createErrors } from '../src/errors.js';

const failure = createErrors({
  DN_TEST_AGAIN: { template: 'again', httpStatus: 503, isRetryable: true },
  DN_TEST_NEVER: { template: 'never', httpStatus: 400, isRetryable: false },
});
const options = { initialMs: 100, maxMs: 1000 };

test('backoff: doubles to the cap; half of it is fixed, half is chance', () => {
  const delays = (random: number) =>
    [1, 2, 3, 4, 5, 6].map((attempt) => backoffDelay(attempt, { ...options, random: () => random }));
  expect(delays(1)).toEqual([100, 200, 400, 800, 1000, 1000]);
  expect(delays(0)).toEqual([50, 100, 200, 400, 500, 500]);
});

test('backoff: stays within its bounds for any attempt, however large', () => {
  fc.assert(
    fc.property(fc.integer(), (attempt) => {
      const delayMs = backoffDelay(attempt, options);
      expect(delayMs).toBeGreaterThanOrEqual(50);
      expect(delayMs).toBeLessThanOrEqual(1000);
    }),
  );
});

test('retry: waits between tries, tells each of them, and gives the value', async () => {
  const clock = createFakeClock();
  const retries: unknown[] = [];
  const done = retry(
    async (attempt) => {
      if (attempt < 3) throw failure('DN_TEST_AGAIN');
      return attempt;
    },
    {
      ...options,
      clock,
      attempts: 5,
      random: () => 1,
      onRetry: (error, attempt) => retries.push([error.code, attempt]),
    },
  );
  await clock.advance(99);
  expect(retries).toHaveLength(1);
  await clock.advance(201);
  expect(await done).toBe(3);
  expect(retries).toEqual([
    ['DN_TEST_AGAIN', 1],
    ['DN_TEST_AGAIN', 2],
  ]);
  expect(clock.pendingTimers).toBe(0);
});

test('retry: what is not retryable is thrown at once, anything foreign as DN_KIT_UNEXPECTED', async () => {
  const clock = createFakeClock();
  let calls = 0;
  const failing = (thrown: unknown) =>
    retry(
      async () => {
        calls += 1;
        throw thrown;
      },
      { ...options, clock, attempts: 5 },
    );
  await expect(failing(failure('DN_TEST_NEVER'))).rejects.toMatchObject({ code: 'DN_TEST_NEVER' });
  await expect(failing(new Error('x'))).rejects.toMatchObject({ code: 'DN_KIT_UNEXPECTED' });
  expect(calls).toBe(2);
});

test('retry: the attempts and the signal end it', async () => {
  const clock = createFakeClock();
  const controller = new AbortController();
  let calls = 0;
  const call = async () => {
    calls += 1;
    throw failure('DN_TEST_AGAIN');
  };
  const limited = retry(call, { ...options, clock, attempts: 2 });
  const expectation = expect(limited).rejects.toMatchObject({ code: 'DN_TEST_AGAIN' });
  await clock.advance(10_000);
  await expectation;
  expect(calls).toBe(2);
  const aborted = retry(call, { ...options, clock, attempts: 100, signal: controller.signal });
  const rejected = expect(aborted).rejects.toMatchObject({ code: 'DN_TEST_AGAIN' });
  await clock.advance(0);
  controller.abort();
  await rejected;
  expect(calls).toBe(4);
  expect(clock.pendingTimers).toBe(0);
});
