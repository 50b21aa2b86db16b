import type { Clock } from '@dreamnet/contracts';
import { createTimerTurns } from './timer-turns.js';

/** Node limits a timer to 2^31-1 ms; longer delays are cut to it and fire early, so callers re-check the time. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * The machine's clock. Timers do not keep the process alive; of many that are due together those for which the turn of the
 * event loop has become too long fire in the next ones, in their order.
 *
 * @returns A clock that is safe to share by every component of a process.
 */
export function systemClock(): Clock {
  const clock: Clock = {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    setTimeout: (callback, delayMs) => {
      const delay = Math.min(Math.max(delayMs, 0), LONGEST_TIMER_MS);
      const timer: NodeJS.Timeout = setTimeout(() => turns.due(timer, callback), delay);
      timer.unref();
      return timer;
    },
    clearTimeout: (handle) => {
      turns.forget(handle);
      clearTimeout(handle as NodeJS.Timeout);
    },
  };
  const turns = createTimerTurns(clock);
  return clock;
}

/**
 * Waits on the given clock.
 *
 * @param delayMs Milliseconds; 0 or less still yields once.
 * @param signal Ends the wait early, without an error.
 */
export function sleep(
  clock: Pick<Clock, 'setTimeout' | 'clearTimeout'>,
  delayMs: number,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const finish = () => {
      clock.clearTimeout(timer);
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const timer = clock.setTimeout(finish, delayMs);
    signal?.addEventListener('abort', finish, { once: true });
  });
}
