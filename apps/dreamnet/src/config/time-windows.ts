import type { InclusiveRange, MinuteRange, TimeInterval } from '@dreamnet/contracts';
import type { TimeIntervalEntry } from './alerts-schema.js';
import { MONTHS, WEEKDAYS } from './calendar-names.js';

const MINUTES_A_DAY = 1440;

/** What became of reading a time interval: the interval, or which part of it is wrong and why. */
export type TimeWindowReading =
  | { ok: true; interval: TimeInterval }
  | { ok: false; part: keyof TimeIntervalEntry; index: number | undefined; why: string };

/**
 * Reads a time interval as it is written in the fleet file: times as `09:00-17:00`, days, months and years as one name or
 * number or as a range `monday:friday`, `1:7`, `-3:-1`.
 */
export function readTimeWindow(entry: TimeIntervalEntry): TimeWindowReading {
  const interval: TimeInterval = {};
  for (const [index, text] of (entry.times ?? []).entries()) {
    const range = readTimes(text, isOfDays(entry));
    if (typeof range === 'string') return { ok: false, part: 'times', index, why: range };
    interval.times = [...(interval.times ?? []), range];
  }
  for (const part of ['weekdays', 'daysOfMonth', 'months', 'years'] as const)
    for (const [index, value] of (entry[part] ?? []).entries()) {
      const range = readRange(String(value), RANGES[part]);
      if (typeof range === 'string') return { ok: false, part, index, why: range };
      interval[part] = [...(interval[part] ?? []), range];
    }
  if (entry.location === undefined) return { ok: true, interval };
  if (!isTimeZone(entry.location))
    return {
      ok: false,
      part: 'location',
      index: undefined,
      why: `there is no time zone '${entry.location}'`,
    };
  return { ok: true, interval: { ...interval, location: entry.location } };
}

/** A weekly window such as `sat,sun`, `22:00-24:00` or `monday:friday 09:00-17:00,18:00-19:00`. */
export function readWeeklyWindow(text: string, location?: string): TimeWindowReading {
  const words = text.trim().split(/\s+/);
  const days = /^\d/.test(words[0] ?? '') ? [] : words.splice(0, 1);
  const [times, ...rest] = words;
  // What is too much is read as times, which says best what is expected.
  const allTimes = [...(times?.split(',') ?? []), ...rest];
  return readTimeWindow({
    ...(days.length > 0 && { weekdays: days.flatMap((one) => one.split(',')) }),
    ...(allTimes.length > 0 && { times: allTimes }),
    ...(location === undefined ? {} : { location }),
  });
}

interface RangeKind {
  names?: readonly string[];
  /** Number of the first name. */
  firstName?: number;
  isPossible: (value: number) => boolean;
  expected: string;
}

const RANGES: Readonly<Record<'weekdays' | 'daysOfMonth' | 'months' | 'years', RangeKind>> = {
  weekdays: {
    names: WEEKDAYS,
    firstName: 0,
    isPossible: () => false,
    expected: 'a weekday such as monday, or monday:friday',
  },
  daysOfMonth: {
    isPossible: (day) => day !== 0 && Math.abs(day) <= 31,
    expected: 'a day from 1 to 31, or -1 for the last, or a range such as 1:7',
  },
  months: {
    names: MONTHS,
    firstName: 1,
    isPossible: (month) => month >= 1 && month <= 12,
    expected: 'a month such as may or 5, or a range such as 1:3',
  },
  years: {
    isPossible: (year) => year >= 1970 && year <= 9999,
    expected: 'a year, or a range such as 2026:2028',
  },
};

function readRange(text: string, kind: RangeKind): InclusiveRange | string {
  const [begin, end, ...rest] = text
    .toLowerCase()
    .split(':')
    .map((piece) => readOne(piece.trim(), kind));
  const last = end === undefined && !text.includes(':') ? begin : end;
  if (begin === undefined || last === undefined || rest.length > 0)
    return `expected ${kind.expected}, found '${text}'`;
  const isSameSide = begin > 0 === last > 0 || kind.names !== undefined;
  if (isSameSide && last < begin) return `'${text}' ends before it begins; write two ranges`;
  return { begin, end: last };
}

function readOne(text: string, { names = [], firstName = 0, isPossible }: RangeKind): number | undefined {
  const named = text.length >= 3 ? names.findIndex((name) => name === text || name.slice(0, 3) === text) : -1;
  if (named >= 0) return named + firstName;
  if (!/^-?\d{1,4}$/.test(text)) return undefined;
  return isPossible(Number(text)) ? Number(text) : undefined;
}

/** Is it of certain days only? Then the morning after is that of another day. */
function isOfDays({ weekdays, daysOfMonth, months, years }: TimeIntervalEntry): boolean {
  return [weekdays, daysOfMonth, months, years].some((days) => days !== undefined && days.length > 0);
}

function readTimes(text: string, isOfCertainDays: boolean): MinuteRange | string {
  const match = /^\s*(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\s*$/.exec(text);
  const [start, end] = [minuteOf(match?.[1], match?.[2]), minuteOf(match?.[3], match?.[4])];
  if (start === undefined || end === undefined) return `expected times such as 09:00-17:00, found '${text}'`;
  if (start < end) return { start, end };
  const [evening, morning] = text.split('-').map((time) => time.trim());
  const why = `'${text}' ends before it begins`;
  if (end === 0) return `${why}; the end of a day is 24:00: ${evening}-24:00`;
  return isOfCertainDays
    ? `${why}; over midnight write two windows: ${evening}-24:00 of these days, and 00:00-${morning} of the days after them`
    : `${why}; over midnight write two: ${evening}-24:00 and 00:00-${morning}`;
}

function minuteOf(hours: string | undefined, minutes: string | undefined): number | undefined {
  const total = Number(hours) * 60 + Number(minutes);
  return Number(minutes) < 60 && total <= MINUTES_A_DAY ? total : undefined;
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
