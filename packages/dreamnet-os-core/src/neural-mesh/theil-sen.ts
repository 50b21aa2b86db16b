/** One value at a time. */
export interface Point {
  /** Any unit; the slope is per this unit. */
  at: number;
  value: number;
}

/**
 * The line through the median of all pairwise slopes: a few outliers do not move it. Time O(n² log n).
 *
 * @returns undefined without two points at different times. `intercept` is the value at `at` = 0.
 * @source Theil 1950, Sen 1968
 */
export function theilSen(points: readonly Point[]): { slope: number; intercept: number } | undefined {
  const slopes: number[] = [];
  for (const [late, newer] of points.entries()) {
    for (const older of points.slice(0, late))
      if (newer.at !== older.at) slopes.push((newer.value - older.value) / (newer.at - older.at));
  }
  if (slopes.length === 0) return undefined;
  const slope = median(slopes);
  return { slope, intercept: median(points.map(({ at, value }) => value - slope * at)) };
}

function median(values: number[]): number {
  values.sort((a, b) => a - b);
  const middle = values.length >> 1;
  const upper = values[middle] ?? 0;
  return values.length % 2 === 1 ? upper : ((values[middle - 1] ?? upper) + upper) / 2;
}
