import type { TimeInterval } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { containsTime } from '../../../src/alert-delivery/time-intervals/time-interval-check.js';

const HOUR = 60;
const at = (iso: string) => Date.parse(iso);

/** A window of every day in a zone; from and to in minutes of the day. */
const daily = (location: string, start: number, end: number): TimeInterval => ({
  location,
  times: [{ start, end }],
});

/** How many minutes of the UTC day the window holds. */
function minutesHeld(window: TimeInterval, day: string, from = '00:00'): number {
  let held = 0;
  for (let minute = 0; minute < 24 * HOUR; minute += 1)
    if (containsTime(window, at(`${day}T${from}:00Z`) + minute * 60_000)) held += 1;
  return held;
}

test('time zones: an hour that the clocks leave out is in no window that day', () => {
  const night = daily('Europe/Berlin', 2 * HOUR, 3 * HOUR);
  expect(minutesHeld(night, '2026-03-28')).toBe(60);
  expect(minutesHeld(night, '2026-03-29')).toBe(0);
  // From half past one to half past three by the clock is one hour that night.
  expect(minutesHeld(daily('Europe/Berlin', 90, 210), '2026-03-28', '22:00')).toBe(60);
});

test('time zones: an hour that the clocks show twice is in its window twice', () => {
  const night = daily('Europe/Berlin', 2 * HOUR, 3 * HOUR);
  expect(minutesHeld(night, '2026-10-25')).toBe(120);
  expect(containsTime(night, at('2026-10-25T00:00:00Z'))).toBe(true);
  expect(containsTime(night, at('2026-10-25T01:59:59Z'))).toBe(true);
  expect(containsTime(night, at('2026-10-25T02:00:00Z'))).toBe(false);
});

test('time zones: clocks that move by half an hour, and zones off by parts of an hour', () => {
  const night = daily('Australia/Lord_Howe', 90, 120);
  // 2026-04-05 at 02:00 the clocks go back to 01:30.
  expect(minutesHeld(night, '2026-04-04', '06:00')).toBe(60);
  expect(minutesHeld(night, '2026-04-05', '06:00')).toBe(30);
  expect(containsTime(daily('Asia/Kathmandu', 0, 1), at('2026-06-01T18:15:30Z'))).toBe(true);
  expect(containsTime(daily('Asia/Kathmandu', 0, 1), at('2026-06-01T18:16:00Z'))).toBe(false);
});

test('time zones: weekday, day, month and year are those of the place', () => {
  const newYear: TimeInterval = {
    location: 'Pacific/Auckland',
    weekdays: [{ begin: 5, end: 5 }],
    daysOfMonth: [{ begin: 1, end: 1 }],
    months: [{ begin: 1, end: 1 }],
    years: [{ begin: 2027, end: 2027 }],
  };
  expect(containsTime(newYear, at('2026-12-31T10:59:59Z'))).toBe(false);
  expect(containsTime(newYear, at('2026-12-31T11:00:00Z'))).toBe(true);
  expect(containsTime(newYear, at('2027-01-01T11:00:00Z'))).toBe(false);
});

test('time zones: a zone that skipped a whole day has no such day', () => {
  // Samoa went from 29 December 2011 to the 31st.
  const skipped: TimeInterval = {
    location: 'Pacific/Apia',
    daysOfMonth: [{ begin: 30, end: 30 }],
    months: [{ begin: 12, end: 12 }],
  };
  expect(minutesHeld(skipped, '2011-12-29', '10:00') + minutesHeld(skipped, '2011-12-30', '10:00')).toBe(0);
});

test('months: the last days count from the end of this month, in leap years too', () => {
  const last: TimeInterval = { daysOfMonth: [{ begin: -1, end: -1 }] };
  expect(containsTime(last, at('2028-02-28T12:00:00Z'))).toBe(false);
  expect(containsTime(last, at('2028-02-29T12:00:00Z'))).toBe(true);
  expect(containsTime(last, at('2027-02-28T12:00:00Z'))).toBe(true);
});
