import type { Clock } from '@dreamnet/contracts';

/** Counts by name. */
export interface RateLimit {
  readonly perSecond: number;
  /** Has this name reported so often within a second that it is refused until the second is over? */
  isSpent(name: string): boolean;
  note(name: string): void;
}

const WINDOW_MS = 1000;

/**
 * A limit for each name. It holds a number for each name that reported and is emptied when one of them reaches the limit
 * after the second is over, so it is never larger than the fleet. The clock is asked only then: asking it for each of
 * 300,000 reports a second costs more than counting them.
 */
export function createRateLimit(clock: Pick<Clock, 'monotonic'>, perSecond: number): RateLimit {
  const counts = new Map<string, number>();
  let endsMs = clock.monotonic() + WINDOW_MS;
  return {
    perSecond,
    isSpent: (name) => {
      if ((counts.get(name) ?? 0) < perSecond) return false;
      const nowMs = clock.monotonic();
      if (nowMs < endsMs) return true;
      counts.clear();
      endsMs = nowMs + WINDOW_MS;
      return false;
    },
    note: (name) => {
      counts.set(name, (counts.get(name) ?? 0) + 1);
    },
  };
}
