const HOUR_MS = 3_600_000;
const HOURS = 24;
const NEWEST_SHARE = 0.1;

/** What a series is at this hour of the day, usually. */
export interface HourProfile {
  /** How far the row is from the usual of its hour (UTC); undefined for the first row of an hour. */
  next(value: number, at: number): number | undefined;
  /** Null for hours not seen yet. */
  saved(): (number | null)[];
}

/** One exponentially weighted mean for each hour of the day. */
export function createHourProfile(saved: readonly (number | null)[] = []): HourProfile {
  const usual = Float64Array.from({ length: HOURS }, (_none, hour) => saved[hour] ?? Number.NaN);
  return {
    saved: () => Array.from(usual, (value) => (Number.isNaN(value) ? null : value)),
    next: (value, at) => {
      if (!Number.isFinite(at)) return undefined;
      const hour = ((Math.floor(at / HOUR_MS) % HOURS) + HOURS) % HOURS;
      const before = usual[hour] ?? Number.NaN;
      if (Number.isNaN(before)) {
        usual[hour] = value;
        return undefined;
      }
      usual[hour] = before + NEWEST_SHARE * (value - before);
      return value - before;
    },
  };
}
