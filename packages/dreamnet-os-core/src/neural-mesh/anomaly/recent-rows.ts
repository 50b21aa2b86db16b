/** Rows the widest window looks at. */
export const WINDOW_ROWS = 100;

/** The last rows of a series and what is read from them. */
export interface RecentRows {
  push(value: number): void;
  /** Mean size of the last `steps` steps from row to row; undefined with fewer rows. */
  activity(steps: number): number | undefined;
  /** Standard deviation of the last 100 rows; undefined with fewer. */
  spread(): number | undefined;
  /** The lowest and the highest of the last `rows`; undefined with fewer. */
  extremes(rows: number): { lowest: number; highest: number } | undefined;
  /** Oldest first. */
  saved(): number[];
}

/**
 * Remembers the last 100 rows.
 *
 * @param saved What `saved()` gave, oldest first.
 * @param seen How many rows there had been: each saved one is put where it was, so that sums go on to the last digit.
 */
export function createRecentRows(saved: readonly number[] = [], seen = saved.length): RecentRows {
  const ring = new Float64Array(WINDOW_ROWS);
  let count = seen - saved.length;
  const push = (value: number): void => {
    ring[count % WINDOW_ROWS] = value;
    count += 1;
  };
  for (const value of saved) push(value);
  /** `ago` 0 is the newest. */
  const row = (ago: number): number => ring[(count - 1 - ago) % WINDOW_ROWS] ?? 0;
  return {
    push,
    activity: (steps) => {
      if (count <= steps) return undefined;
      let sum = 0;
      let newer = row(0);
      for (let ago = 1; ago <= steps; ago += 1) {
        const older = row(ago);
        sum += Math.abs(newer - older);
        newer = older;
      }
      return sum / steps;
    },
    spread: () => (count < WINDOW_ROWS ? undefined : standardDeviation(ring)),
    extremes: (rows) => {
      if (count < rows) return undefined;
      let lowest = Number.POSITIVE_INFINITY;
      let highest = Number.NEGATIVE_INFINITY;
      for (let ago = 0; ago < rows; ago += 1) {
        lowest = Math.min(lowest, row(ago));
        highest = Math.max(highest, row(ago));
      }
      return { lowest, highest };
    },
    saved: () => {
      const kept = Math.min(count, WINDOW_ROWS);
      return Array.from({ length: kept }, (_none, index) => row(kept - 1 - index));
    },
  };
}

function standardDeviation(values: Float64Array): number {
  const count = values.length;
  let sum = 0;
  for (let index = 0; index < count; index += 1) sum += values[index] ?? 0;
  const mean = sum / count;
  let squares = 0;
  for (let index = 0; index < count; index += 1) {
    const rest = (values[index] ?? 0) - mean;
    squares += rest * rest;
  }
  return Math.sqrt(squares / count);
}
