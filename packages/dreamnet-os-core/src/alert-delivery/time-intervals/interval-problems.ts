import type { InclusiveRange, TimeInterval } from '@dreamnet/contracts';
import { isTimeZone } from './local-time.js';

const MINUTES_OF_DAY = 1440;

/** @returns What is wrong with the interval, or undefined. */
export function problemOfInterval(interval: TimeInterval): string | undefined {
  for (const { start, end } of interval.times ?? []) {
    if (!isWhole(start, 0, MINUTES_OF_DAY) || !isWhole(end, 0, MINUTES_OF_DAY))
      return 'a time is not within a day';
    if (start >= end) return 'start time cannot be equal or greater than end time';
  }
  return (
    problemOfRanges('weekday', interval.weekdays, [0, 6]) ??
    problemOfRanges('month', interval.months, [1, 12]) ??
    problemOfRanges('year', interval.years, [0, 9999]) ??
    problemOfDays(interval.daysOfMonth) ??
    (interval.location === undefined || isTimeZone(interval.location)
      ? undefined
      : `'${interval.location}' is not a time zone that is known here`)
  );
}

/** Days count from the start (1 to 31) or from the end (-1 to -31), and never go backwards in any month. */
export function problemOfDays(ranges: readonly InclusiveRange[] | undefined): string | undefined {
  for (const { begin, end } of ranges ?? []) {
    for (const day of [begin, end])
      if (day === 0 || !isWhole(day, -31, 31)) return `${day} is not a valid day of the month: out of range`;
    if (begin < 0 && end > 0) return 'end day must be negative if start day is negative';
    // The longest month decides: where the range is empty even there, it is a mistake.
    const last = end < 0 ? 31 + end + 1 : end;
    const first = begin < 0 ? 31 + begin + 1 : begin;
    if (first > last) return `end day ${end} is always before start day ${begin}`;
  }
  return undefined;
}

function problemOfRanges(
  what: string,
  ranges: readonly InclusiveRange[] | undefined,
  [lowest, highest]: readonly [number, number],
): string | undefined {
  for (const { begin, end } of ranges ?? []) {
    for (const value of [begin, end])
      if (!isWhole(value, lowest, highest)) return `${value} is not a valid ${what}`;
    if (begin > end) return `end ${what} ${end} is before start ${what} ${begin}`;
  }
  return undefined;
}

function isWhole(value: number, lowest: number, highest: number): boolean {
  return Number.isInteger(value) && value >= lowest && value <= highest;
}
