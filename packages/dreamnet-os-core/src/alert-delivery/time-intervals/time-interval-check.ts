import type { InclusiveRange, TimeInterval } from '@dreamnet/contracts';
import { type LocalTime, localTime } from './local-time.js';

/**
 * Does the moment lie within the interval? A part that is left out holds always.
 *
 * @param at Epoch ms.
 * @source Alertmanager's time_interval: times without their end, days, months and years with it
 */
export function containsTime(interval: TimeInterval, at: number): boolean {
  const local = localTime(at, interval.location ?? 'UTC');
  return (
    isWithinTimes(interval, local) &&
    isWithinAny(interval.weekdays, local.weekday) &&
    isWithinDays(interval.daysOfMonth, local) &&
    isWithinAny(interval.months, local.month) &&
    isWithinAny(interval.years, local.year)
  );
}

function isWithinTimes({ times }: TimeInterval, { minute }: LocalTime): boolean {
  return times === undefined || times.some(({ start, end }) => minute >= start && minute < end);
}

function isWithinAny(ranges: readonly InclusiveRange[] | undefined, value: number): boolean {
  return ranges === undefined || ranges.some(({ begin, end }) => value >= begin && value <= end);
}

/** Negative days count from the end of the month; a range that begins after this month's end is not in it. */
function isWithinDays(ranges: readonly InclusiveRange[] | undefined, local: LocalTime): boolean {
  if (ranges === undefined) return true;
  const { day, daysInMonth } = local;
  return ranges.some((range) => {
    const begin = range.begin < 0 ? daysInMonth + range.begin + 1 : range.begin;
    const end = range.end < 0 ? daysInMonth + range.end + 1 : range.end;
    return begin <= daysInMonth && day >= begin && day <= Math.min(end, daysInMonth);
  });
}
