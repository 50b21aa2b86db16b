import type { Trend } from '@dreamnet/contracts';
import { type Line, lineThrough, type Point, type SlopeInterval } from './theil-sen.js';

const HOUR_MS = 3_600_000;
/** A line drawn further than this says nothing. */
const FORECAST_HOURS = 24;

/** When the line and those at the ends of its interval reach a level from where the newest point stands. */
export type Crossing = Pick<Trend, 'crossesAt' | 'crossesBetween'>;

/** A line, and the slopes that hold 95 % where they are known. */
interface ForecastLine extends Line {
  interval: SlopeInterval | undefined;
}

/**
 * Forecasts when a level is crossed.
 *
 * @param points `at` in hours since `originMs` (epoch ms), oldest first.
 * @param goal `nowMs` (epoch ms; default: the newest point) is the present: a crossing before it is none, the level was not seen.
 * @returns Empty when the line does not cross within a day, or is beyond the level already.
 */
export function crossingOf(
  line: ForecastLine,
  points: readonly Point[],
  goal: { level: number; originMs: number; nowMs?: number | undefined },
): Crossing {
  const lastHours = points.at(-1)?.at ?? 0;
  const afterHours = hoursUntil(line, lastHours, goal.level);
  if (afterHours === undefined || afterHours > FORECAST_HOURS) return {};
  const epochMs = (hours: number) => Math.round(goal.originMs + (lastHours + hours) * HOUR_MS);
  const crossesAt = epochMs(afterHours);
  const { nowMs = Number.NEGATIVE_INFINITY } = goal;
  if (crossesAt < nowMs) return {};
  if (line.interval === undefined) return { crossesAt };
  const ends = line.interval.map((slope) => hoursUntil(lineThrough(points, slope), lastHours, goal.level));
  const reached = ends.filter((hours) => hours !== undefined);
  // A steeper line may be over the level already: then it may happen at once.
  const first = epochMs(Math.min(afterHours, ...(isOver(line, points, goal.level) ? [0] : reached)));
  const earliest = Math.max(first, nowMs);
  const latest = reached.length === ends.length ? epochMs(Math.max(...reached)) : undefined;
  return { crossesAt, crossesBetween: { earliest, ...(latest === undefined ? {} : { latest }) } };
}

/** Undefined when it lies behind, or never comes. */
function hoursUntil({ slope, intercept }: Line, nowHours: number, level: number): number | undefined {
  const gap = level - (intercept + slope * nowHours);
  if (slope === 0 || gap === 0 || Math.sign(gap) !== Math.sign(slope)) return undefined;
  return gap / slope;
}

/** Does the steeper end of the interval, in the line's own direction, stand beyond the level already? */
function isOver(line: ForecastLine, points: readonly Point[], level: number): boolean {
  const [flat, steep] = line.interval ?? [line.slope, line.slope];
  const slope = line.slope > 0 ? steep : flat;
  const end = lineThrough(points, slope);
  const nowValue = end.intercept + slope * (points.at(-1)?.at ?? 0);
  return line.slope > 0 ? nowValue >= level : nowValue <= level;
}
