const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How far back a chart looks, and how far apart its points are: some 300 of them fill a screen. */
export const RANGES = [
  { id: '15m', label: '15 min', spanMs: 15 * MINUTE_MS, stepMs: 5_000 },
  { id: '1h', label: '1 h', spanMs: HOUR_MS, stepMs: 15_000 },
  { id: '6h', label: '6 h', spanMs: 6 * HOUR_MS, stepMs: MINUTE_MS },
  { id: '24h', label: '24 h', spanMs: DAY_MS, stepMs: 5 * MINUTE_MS },
  { id: '7d', label: '7 d', spanMs: 7 * DAY_MS, stepMs: 30 * MINUTE_MS },
  { id: '30d', label: '30 d', spanMs: 30 * DAY_MS, stepMs: 2 * HOUR_MS },
] as const;
export type Range = (typeof RANGES)[number];

const DEFAULT_RANGE: Range = RANGES[1];

/** The range with this name; an hour when there is none. */
export function rangeOf(id: string | undefined): Range {
  return RANGES.find((range) => range.id === id) ?? DEFAULT_RANGE;
}
