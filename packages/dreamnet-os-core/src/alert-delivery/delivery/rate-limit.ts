import type { Clock } from '@dreamnet/contracts';

/** Lets so many through a minute: a full bucket at first, then one as often as the limit says. */
export interface RateLimit {
  /** @returns 0 when it may go now (and is counted), else ms until it may be asked again. */
  take(): number;
}

const MINUTE_MS = 60_000;

/** @param perMinute 0 or less is no limit. */
export function createRateLimit(clock: Clock, perMinute: number): RateLimit {
  if (!(perMinute > 0)) return { take: () => 0 };
  const everyMs = MINUTE_MS / perMinute;
  let tokens = Math.max(1, perMinute);
  let atMs = clock.monotonic();
  return {
    take: () => {
      const nowMs = clock.monotonic();
      tokens = Math.min(Math.max(1, perMinute), tokens + (nowMs - atMs) / everyMs);
      atMs = nowMs;
      if (tokens < 1) return Math.ceil((1 - tokens) * everyMs);
      tokens -= 1;
      return 0;
    },
  };
}
