import type { Clock } from '@dreamnet/contracts';
import { sleep } from './clock.js';
import { DreamnetError } from './errors.js';

export interface BackoffOptions {
  initialMs: number;
  maxMs: number;
  /** 0..1, for tests; default `Math.random`. */
  random?: () => number;
}

/**
 * The delay before try `attempt`: doubled each time, capped, with "equal jitter" (half fixed, half random), so
 * that many clients spread out and none comes back at once.
 *
 * @param attempt 1 for the first delay.
 * @returns Milliseconds.
 * @source Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog 2015
 */
export function backoffDelay(attempt: number, options: BackoffOptions): number {
  const random = options.random ?? Math.random;
  const ceiling = Math.min(options.maxMs, options.initialMs * 2 ** Math.min(Math.max(attempt - 1, 0), 50));
  return ceiling / 2 + (ceiling / 2) * random();
}

export interface RetryOptions extends BackoffOptions {
  clock: Clock;
  attempts: number;
  signal?: AbortSignal;
  /** Told before each wait. */
  onRetry?: (error: DreamnetError, attempt: number) => void;
}

/**
 * Calls until it succeeds, the error is not retryable, the attempts are used up or the signal aborts.
 *
 * @throws The last error, as a DreamnetError.
 */
export async function retry<T>(call: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call(attempt);
    } catch (thrown) {
      const error = DreamnetError.from(thrown);
      if (!error.retryable || attempt >= options.attempts || options.signal?.aborted) throw error;
      options.onRetry?.(error, attempt);
      await sleep(options.clock, backoffDelay(attempt, options), options.signal);
    }
  }
}
