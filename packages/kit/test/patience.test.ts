import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { beginWait } from '../src/index.js';

/** A clock on which time can pass while nothing runs. */
function stallingClock() {
  const inner = createFakeClock();
  let stoodStillMs = 0;
  const clock = { ...inner, monotonic: () => inner.monotonic() + stoodStillMs };
  return {
    clock,
    advance: (ms: number) => inner.advance(ms),
    standStill: (ms: number) => {
      stoodStillMs += ms;
    },
    pendingTimers: () => inner.pendingTimers,
  };
}

test('wait: it is over after its time, once, and ended it is never over', async () => {
  const { clock, advance, pendingTimers } = stallingClock();
  let over = 0;
  const count = () => {
    over += 1;
  };
  beginWait(clock, 500, count);
  await advance(499);
  expect(over).toBe(0);
  await advance(1);
  expect(over).toBe(1);
  const end = beginWait(clock, 500, count);
  end();
  end();
  expect(pendingTimers()).toBe(0);
  await advance(5000);
  expect(over).toBe(1);
});

test('wait: time in which this program stood still is given once more, up to a second', async () => {
  for (const [timeoutMs, graceMs] of [
    [300, 300],
    [30_000, 1000],
  ] as const) {
    const { clock, advance, standStill, pendingTimers } = stallingClock();
    let over = 0;
    const end = beginWait(clock, timeoutMs, () => {
      over += 1;
    });
    standStill(60_000);
    await advance(timeoutMs + graceMs - 1);
    expect(over).toBe(0);
    standStill(60_000);
    await advance(1);
    expect(over).toBe(1);
    end();
    expect(pendingTimers()).toBe(0);
  }
});
