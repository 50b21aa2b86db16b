import type { SeriesPoint, Trend } from '@dreamnet/contracts';
import type { Drawing, Place } from './drawing.js';

const HOUR_MS = 3_600_000;
/** So much of what is shown is added for the forecast. */
const AHEAD = 0.35;

/** A trend as the chart shows it. */
export interface DrawnTrend {
  drawings: Drawing[];
  /** Where the time axis ends, epoch ms: after the last point when something is forecast. */
  toMs: number;
}

/**
 * The line of a trend through the points it was found in, and where it may run from now on. What moves by chance only
 * has no line.
 *
 * @param toMs Epoch ms of now; up to there the line is what was, from there on what is forecast.
 */
export function drawTrend(
  trend: Trend | null | undefined,
  points: readonly SeriesPoint[],
  { fromMs, toMs }: { fromMs: number; toMs: number },
): DrawnTrend {
  const [first] = points;
  if (!trend || !first || trend.direction === 'stable') return { drawings: [], toMs };
  const untilMs = toMs + (toMs - fromMs) * AHEAD;
  const line = lineOf(trend.slopePerHour, points);
  const [low, high] = trend.slopeInterval ?? [trend.slopePerHour, trend.slopePerHour];
  const pivot = line(middle(points.map(({ at }) => at)));
  const along = (slopePerHour: number, at: number): Place => ({
    at,
    value: pivot.value + (slopePerHour * (at - pivot.at)) / HOUR_MS,
  });
  const drawings: Drawing[] = [
    {
      kind: 'area',
      corners: [along(low, toMs), along(low, untilMs), along(high, untilMs), along(high, toMs)],
      colour: 'warn',
    },
    { kind: 'line', from: line(first.at), to: line(untilMs), colour: 'warn' },
  ];
  const { level, crossesAt, crossesBetween } = trend;
  const soonest = crossesBetween?.earliest ?? crossesAt;
  // A level far from here would press all that was measured into a flat line; the words below the chart name it.
  if (level !== undefined && soonest !== undefined && soonest <= untilMs)
    drawings.push({ kind: 'level', value: level, word: 'level of the forecast', colour: 'bad' });
  return { drawings, toMs: untilMs };
}

/** The slope's line that has as many points above it as below. */
function lineOf(slopePerHour: number, points: readonly SeriesPoint[]): (at: number) => Place {
  const originMs = points[0]?.at ?? 0;
  const risen = (at: number) => (slopePerHour * (at - originMs)) / HOUR_MS;
  const base = middle(points.map(({ at, mean }) => mean - risen(at)));
  return (at) => ({ at, value: base + risen(at) });
}

function middle(values: readonly number[]): number {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}
