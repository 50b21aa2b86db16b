import type { Clock } from '@dreamnet/contracts';

/** Counts by name within the running second. */
export interface RateLimit {
  readonly perSecond: number;
  /** Has this name used up the running second? */
  isSpent(name: string): boolean;
  note(name: string): void;
}

const WINDOW_MS = 1000;

/**
 * A limit for each name. It holds what was noted within the running second and nothing else, so it is never larger than
 * the fleet that reports.
 */
export function createRateLimit(clock: Pick<Clock, 'monotonic'>, perSecond: number): RateLimit {
  const counts = new Map<string, number>();
  let endsMs = 0;
  return {
    perSecond,
    isSpent: (name) => {
      const nowMs = clock.monotonic();
      if (nowMs >= endsMs) {
        counts.clear();
        endsMs = nowMs + WINDOW_MS;
      }
      return (counts.get(name) ?? 0) >= perSecond;
    },
    note: (name) => {
      counts.set(name, (counts.get(name) ?? 0) + 1);
    },
  };
}
