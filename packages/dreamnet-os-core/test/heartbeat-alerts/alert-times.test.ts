import type { Clock } from '@dreamnet/contracts';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import type { AlertCase } from '../../src/heartbeat-alerts/alert-cases.js';
import { createAlertTimes } from '../../src/heartbeat-alerts/alert-times.js';

test('alert times: a timer that comes a moment too early is set again, so that nothing waits for the next event', async () => {
  const clock = createFakeClock();
  const wholeMs: Clock = {
    ...clock,
    monotonic: () => clock.monotonic(),
    setTimeout: (callback, delayMs) => clock.setTimeout(callback, Math.max(1, Math.floor(delayMs))),
  };
  const due: AlertCase[] = [];
  const times = createAlertTimes({ clock: wholeMs, onDue: (found) => due.push(found) });
  const found = { wakeMs: Number.POSITIVE_INFINITY } as AlertCase;
  times.start();

  times.wake(found, 500.6);
  await clock.advance(500);
  expect(due).toEqual([]);
  await clock.advance(1);
  expect(due).toEqual([found]);
});
