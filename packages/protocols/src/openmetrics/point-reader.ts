import { EXPOSITION_LIMITS, type ExpositionLimits, type MetricPoint } from './exposition.js';
import { LineScanner } from './line-scanner.js';
import { type PointSyntax, scanPoint } from './scan-point.js';

/** Reads the lines of points of one text. @returns the point, or why it is none or one too many */
export type PointReader = (line: string) => MetricPoint | string;

/** @param format What the format says of a line; how many labels it may have is among the limits. */
export function createPointReader(
  format: Omit<PointSyntax, 'labelLimit'>,
  limits: ExpositionLimits,
): PointReader {
  const syntax: PointSyntax = { ...format, labelLimit: limits.labels ?? EXPOSITION_LIMITS.labels };
  const limit = limits.points ?? EXPOSITION_LIMITS.points;
  const scanner = new LineScanner(syntax);
  let points = 0;
  return (line) => {
    const point = scanPoint(line, scanner, syntax);
    if (typeof point === 'string') return point;
    points += 1;
    return points > limit ? `more than ${limit} values` : point;
  };
}
