import type { SeriesPoint } from '@dreamnet/contracts';

/** Points as the chart draws them, column by column; `null` breaks the line. Times are epoch ms. */
export interface ChartColumns {
  at: number[];
  mean: (number | null)[];
  min: (number | null)[];
  max: (number | null)[];
}

/** Figures over what is shown. */
export interface ChartSummary {
  last: SeriesPoint;
  min: number;
  max: number;
  /** Weighted by how many values each point holds. */
  mean: number;
  /** Raw values behind the points. */
  count: number;
}

/** A pause of so many usual distances is a gap: the line must not claim what nobody measured. */
const GAP_FACTOR = 2.5;

/**
 * Turns an answer into columns. Where points are missing the line is broken; what is no number is missing, too.
 *
 * @param stepMs The distance asked for; raw points have none, then their own usual distance counts.
 */
export function toColumns(points: readonly SeriesPoint[], stepMs?: number): ChartColumns {
  const known = points.filter(({ mean }) => Number.isFinite(mean));
  const usualMs = Math.max(stepMs ?? 0, usualDistance(known));
  const columns: ChartColumns = { at: [], mean: [], min: [], max: [] };
  let before: SeriesPoint | undefined;
  for (const point of known) {
    if (before && point.at - before.at > usualMs * GAP_FACTOR)
      push(columns, (before.at + point.at) / 2, null);
    push(columns, point.at, point);
    before = point;
  }
  return columns;
}

/** The figures of what is shown; undefined without a point. */
export function summarize(points: readonly SeriesPoint[]): ChartSummary | undefined {
  const known = points.filter(({ mean }) => Number.isFinite(mean));
  const last = known.at(-1);
  if (!last) return undefined;
  const least = known.reduce((lowest, point) => Math.min(lowest, point.min), Number.POSITIVE_INFINITY);
  const most = known.reduce((highest, point) => Math.max(highest, point.max), Number.NEGATIVE_INFINITY);
  const count = known.reduce((sum, point) => sum + point.count, 0);
  // Weights as shares: a sum of large values would be no number.
  const mean = known.reduce((sum, point) => sum + point.mean * (point.count / count), 0);
  return {
    last,
    count,
    min: least,
    max: most,
    mean: count > 0 ? Math.min(most, Math.max(least, mean)) : last.mean,
  };
}

/** The point nearest to a time; undefined without points. `at` ascends. */
export function nearest(points: readonly SeriesPoint[], at: number): SeriesPoint | undefined {
  let low = 0;
  let high = points.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle]?.at ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  const after = points[low];
  const before = points[low - 1];
  if (!before || !after) return after ?? before;
  return at - before.at <= after.at - at ? before : after;
}

/**
 * The room the lines take, with a little air; a flat line gets some, too.
 *
 * @param values Everything that must be seen.
 */
export function valueRange(values: Iterable<number | null>): [least: number, most: number] {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value === null || !Number.isFinite(value)) continue;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  if (least > most) return [0, 1];
  const air = most > least ? (most - least) * 0.08 : Math.abs(most) * 0.1 || 1;
  // What is never negative is not drawn as if it could be.
  return [least >= 0 ? Math.max(0, least - air) : least - air, most + air];
}

/** The median distance between neighbours; 0 with fewer than two points. */
function usualDistance(points: readonly SeriesPoint[]): number {
  const distances = points.slice(1).map((point, index) => point.at - (points[index]?.at ?? point.at));
  distances.sort((a, b) => a - b);
  return distances[distances.length >> 1] ?? 0;
}

function push(columns: ChartColumns, at: number, point: SeriesPoint | null): void {
  columns.at.push(at);
  columns.mean.push(point?.mean ?? null);
  columns.min.push(point?.min ?? null);
  columns.max.push(point?.max ?? null);
}
