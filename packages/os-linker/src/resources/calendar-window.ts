import type { BudgetPeriod } from '@dreamnet/contracts';

/** From when to when; `endAt` null has no end. Epoch ms. */
export interface WindowSpan {
  startAt: number;
  endAt: number | null;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** 1970-01-01 was a Thursday; weeks begin on Monday. */
const MONDAY_SHIFT = 3;

/**
 * The window of a calendar that a moment is in. Days and what is longer begin at local midnight: a day of a change to
 * or from summer time has 23 or 25 hours. A midnight that does not exist is the first moment after the gap, one that
 * comes twice is the first of the two. Hours and minutes begin when clocks show a full one: those of India at half past
 * of others, and one in which clocks change by less than an hour lasts until the next full one, up to two hours. Windows
 * follow each other without a hole or an overlap.
 *
 * @param timeZone An IANA name that `isTimeZone` knows.
 */
export function calendarWindow(now: number, per: BudgetPeriod, timeZone: string): WindowSpan {
  if (per === 'ever') return { startAt: 0, endAt: null };
  const local = toLocal(now, timeZone);
  if (per === 'minute' || per === 'hour') {
    const lengthMs = per === 'minute' ? MINUTE_MS : HOUR_MS;
    return { startAt: lastFull(now, lengthMs, timeZone), endAt: nextFull(now, lengthMs, timeZone) };
  }
  const day = Math.floor(local / DAY_MS);
  const starts = [-1, 0, 1, 2].map((step) => toEpoch(firstDay(day, per, step) * DAY_MS, timeZone));
  // Near a change of the clock a moment may be before the start that its local date names.
  const index = starts.findLastIndex((start) => start <= now);
  return { startAt: starts[index] ?? now, endAt: starts[index + 1] ?? null };
}

/** Is there a time zone of this name? */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** The last moment up to this one at which clocks showed a full hour, or whatever is so long. */
function lastFull(now: number, lengthMs: number, timeZone: string): number {
  const startAt = now - mod(toLocal(now, timeZone), lengthMs);
  if (isFull(startAt, lengthMs, timeZone)) return startAt;
  // The clock was changed since: by the one before the change, and that may name a moment after it.
  const before = now - mod(now + offsetAt(startAt, timeZone), lengthMs);
  return isFull(before, lengthMs, timeZone) ? before : before - lengthMs;
}

/** The first moment after this one at which clocks show a full hour, or whatever is so long. */
function nextFull(now: number, lengthMs: number, timeZone: string): number {
  const endAt = now + lengthMs - mod(toLocal(now, timeZone), lengthMs);
  if (isFull(endAt, lengthMs, timeZone)) return endAt;
  const after = now + lengthMs - mod(now + offsetAt(endAt, timeZone), lengthMs);
  return isFull(after, lengthMs, timeZone) ? after : after + lengthMs;
}

function isFull(at: number, lengthMs: number, timeZone: string): boolean {
  return mod(toLocal(at, timeZone), lengthMs) === 0;
}

/** First day, counted from 1970, of the period `step` periods after that of the given day. */
function firstDay(day: number, per: 'day' | 'week' | 'month' | 'year', step: number): number {
  if (per === 'day') return day + step;
  if (per === 'week') return day - mod(day + MONDAY_SHIFT, 7) + step * 7;
  const date = new Date(day * DAY_MS);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  return (per === 'month' ? Date.UTC(year, month + step, 1) : Date.UTC(year + step, 0, 1)) / DAY_MS;
}

/** A local time, as ms as if it were UTC, to epoch ms. */
function toEpoch(local: number, timeZone: string): number {
  const [before, after] = [local - DAY_MS, local + DAY_MS].map((at) => local - offsetAt(at, timeZone));
  const guesses = [before ?? local, after ?? local].sort((a, b) => a - b);
  const exact = guesses.find((guess) => toLocal(guess, timeZone) === local);
  // In a gap no guess hits; the later one is the moment the clock was put forward.
  return exact ?? guesses[1] ?? local;
}

function offsetAt(at: number, timeZone: string): number {
  return toLocal(at, timeZone) - at;
}

const FORMATS = new Map<string, Intl.DateTimeFormat>();

/** What clocks show there, as ms as if it were UTC. */
function toLocal(at: number, timeZone: string): number {
  let format = FORMATS.get(timeZone);
  if (!format) {
    const two = '2-digit';
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      ...{ month: two, day: two, hour: two, minute: two, second: two },
    });
    FORMATS.set(timeZone, format);
  }
  const parts: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(at)) parts[type] = Number(value);
  const { year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) + mod(at, 1000);
}

function mod(value: number, by: number): number {
  return ((value % by) + by) % by;
}
