/** One value at a time. */
export interface Point {
  /** Any unit; the slope is per this unit. */
  at: number;
  value: number;
}

/** A straight line. */
export interface Line {
  slope: number;
  /** The value at `at` = 0. */
  intercept: number;
}

/** Two slopes, the lower first. */
export type SlopeInterval = readonly [number, number];

/** The line, and how sure it is. */
export interface SenLine extends Line {
  /**
   * The slopes that hold 95 %; undefined when there are too few pairs to tell.
   *
   * @param variance Of Mann–Kendall's `s` over the same points.
   */
  interval(variance: number): SlopeInterval | undefined;
}

/** 95 %, two-sided. */
const Z_OF_95 = 1.959964;

/**
 * The line through the median of all pairwise slopes: a few outliers do not move it. Time O(n² log n).
 *
 * @returns undefined without two points at different times.
 * @source Theil 1950, Sen 1968; the interval as in Gilbert, §16.5
 */
export function theilSen(points: readonly Point[]): SenLine | undefined {
  const slopes = slopesOf(points);
  if (slopes.length === 0) return undefined;
  return {
    ...lineThrough(points, middle(slopes)),
    interval: (variance) => intervalOf(slopes, variance),
  };
}

/** The line of a given slope that has as many points above as below. */
export function lineThrough(points: readonly Point[], slope: number): Line {
  const rests = Float64Array.from(points, ({ at, value }) => value - slope * at).sort();
  return { slope, intercept: middle(rests) };
}

/** In order. */
function slopesOf(points: readonly Point[]): Float64Array {
  const slopes = new Float64Array((points.length * (points.length - 1)) / 2);
  let count = 0;
  for (const [late, newer] of points.entries()) {
    for (let early = 0; early < late; early += 1) {
      const older = points[early];
      if (older === undefined || newer.at === older.at) continue;
      slopes[count] = (newer.value - older.value) / (newer.at - older.at);
      count += 1;
    }
  }
  return slopes.subarray(0, count).sort();
}

function intervalOf(slopes: Float64Array, variance: number): SlopeInterval | undefined {
  const width = Z_OF_95 * Math.sqrt(variance);
  const low = Math.round((slopes.length - width) / 2) - 1;
  const high = Math.round((slopes.length + width) / 2);
  const [from, to] = [slopes[low], slopes[high]];
  return from === undefined || to === undefined ? undefined : [from, to];
}

function middle(sorted: Float64Array): number {
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? upper) + upper) / 2;
}
