import { createErrors, sleep } from '@dreamnet/kit';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { configOf, createListener, createScene, START } from './setup.js';

const failure = createErrors({
  DN_TEST_AGAIN: { template: 'not now', httpStatus: 503, isRetryable: true },
  DN_TEST_NEVER: { template: 'never', httpStatus: 400, isRetryable: false },
});

/** A group looked at each second whose receiver always fails so long after it was asked; when it was asked (ms). */
function createFailing(code: 'DN_TEST_AGAIN' | 'DN_TEST_NEVER', afterMs: number) {
  const ear = createListener();
  const clock = createFakeClock(START);
  const askedMs: number[] = [];
  ear.state.answer = async () => {
    askedMs.push(clock.now() - START);
    if (afterMs > 0) await sleep(clock, afterMs);
    throw failure(code);
  };
  const parts = { route: { ...configOf({ ops: [] }).route, groupIntervalMs: 1000 } };
  const { delivery } = createScene({ ops: [ear.notifier] }, { clock, parts });
  delivery.post([{ labels: { alertname: 'Down' } }]);
  return { askedMs, clock, delivery };
}

// The jitter of these tests halves each pause: 250, 500, 1000 ms and so on.
test('pauses: they grow until ten seconds are over, and only then does the next round begin', async () => {
  const { askedMs, clock } = createFailing('DN_TEST_AGAIN', 0);
  await clock.advance(10_600);
  expect(askedMs).toEqual([0, 250, 750, 1750, 3750, 7750, 10_000, 10_250]);
});

test.each([
  ['one that fails just before its time is over', 'DN_TEST_AGAIN', 9900, 10_150],
  ['one that hangs until its time is over', 'DN_TEST_AGAIN', 60_000, 10_250],
  ['one that refuses after the next look was due', 'DN_TEST_NEVER', 1500, 1750],
] as const)('pauses: %s is not asked again at once', async (_what, code, afterMs, nextMs) => {
  const { askedMs, clock } = createFailing(code, afterMs);
  await clock.advance(nextMs + 100);
  expect(askedMs).toEqual([0, nextMs]);
});

test('pauses: an end does not wait for them, and nothing of them is left', async () => {
  const { askedMs, clock, delivery } = createFailing('DN_TEST_AGAIN', 0);
  await clock.advance(8000);
  await delivery.stop(0);
  expect(clock.pendingTimers).toBe(0);
  await clock.advance(60_000);
  expect(askedMs).toHaveLength(6);
});
