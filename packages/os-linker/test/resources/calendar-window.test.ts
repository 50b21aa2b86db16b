import { expect, test } from 'vitest';
import { calendarWindow, isTimeZone } from '../../src/resources/calendar-window.js';

const at = (text: string) => Date.parse(text);
const shown = (now: string, per: Parameters<typeof calendarWindow>[1], zone: string) => {
  const { startAt, endAt } = calendarWindow(at(now), per, zone);
  return [new Date(startAt).toISOString(), endAt === null ? null : new Date(endAt).toISOString()];
};

test('calendar: a day begins at local midnight, not at that of UTC', () => {
  expect(shown('2026-07-01T22:30:00Z', 'day', 'Europe/Berlin')).toEqual([
    '2026-07-01T22:00:00.000Z',
    '2026-07-02T22:00:00.000Z',
  ]);
  expect(shown('2026-07-01T21:59:59.999Z', 'day', 'Europe/Berlin')[1]).toBe('2026-07-01T22:00:00.000Z');
});

test('calendar: the day summer time begins has 23 hours, the day it ends 25', () => {
  expect(shown('2026-03-29T12:00:00Z', 'day', 'Europe/Berlin')).toEqual([
    '2026-03-28T23:00:00.000Z',
    '2026-03-29T22:00:00.000Z',
  ]);
  expect(shown('2026-10-25T12:00:00Z', 'day', 'Europe/Berlin')).toEqual([
    '2026-10-24T22:00:00.000Z',
    '2026-10-25T23:00:00.000Z',
  ]);
});

test('calendar: a midnight that does not exist is the first moment after the gap', () => {
  // In São Paulo summer time began at midnight: 2018-11-04 began at 01:00.
  expect(shown('2018-11-04T12:00:00Z', 'day', 'America/Sao_Paulo')).toEqual([
    '2018-11-04T03:00:00.000Z',
    '2018-11-05T02:00:00.000Z',
  ]);
});

test('calendar: a midnight that comes twice begins one window, not two', () => {
  // In Havana clocks go back from 01:00 to 00:00: 2026-11-01 has two midnights.
  const first = shown('2026-11-01T04:30:00Z', 'day', 'America/Havana');
  expect(first).toEqual(['2026-11-01T04:00:00.000Z', '2026-11-02T05:00:00.000Z']);
  expect(shown('2026-11-01T05:30:00Z', 'day', 'America/Havana')).toEqual(first);
});

test('calendar: weeks begin on Monday, months and years on their first, hours by the local clock', () => {
  expect(shown('2026-11-21T19:20:00Z', 'week', 'UTC')[0]).toBe('2026-11-16T00:00:00.000Z');
  expect(shown('2026-11-16T00:00:00Z', 'week', 'UTC')[0]).toBe('2026-11-16T00:00:00.000Z');
  expect(shown('2026-12-31T23:30:00Z', 'month', 'Europe/Berlin')).toEqual([
    '2026-12-31T23:00:00.000Z',
    '2027-01-31T23:00:00.000Z',
  ]);
  expect(shown('2026-12-31T22:30:00Z', 'year', 'Europe/Berlin')[1]).toBe('2026-12-31T23:00:00.000Z');
  expect(shown('2026-11-21T19:20:00Z', 'hour', 'Asia/Kolkata')[0]).toBe('2026-11-21T18:30:00.000Z');
  expect(shown('2026-11-21T19:20:31Z', 'minute', 'UTC')[0]).toBe('2026-11-21T19:20:00.000Z');
  expect(shown('2026-11-21T19:20:31Z', 'ever', 'UTC')).toEqual(['1970-01-01T00:00:00.000Z', null]);
});

test('calendar: windows follow each other without a hole, and each of their moments finds its window', () => {
  const zones = [
    'Europe/Berlin',
    'America/Havana',
    'America/Sao_Paulo',
    'Australia/Lord_Howe',
    'Pacific/Apia',
  ];
  for (const zone of zones)
    for (const from of [at('2011-12-01T00:00:00Z'), at('2018-10-01T00:00:00Z')]) {
      let window = calendarWindow(from, 'day', zone);
      for (let days = 0; days < 60; days += 1) {
        const { startAt, endAt } = window;
        if (endAt === null) throw new TypeError('a day without an end');
        for (const now of [startAt, startAt + 1_800_000, startAt + 5_400_000, endAt - 1])
          expect(calendarWindow(now, 'day', zone)).toEqual(window);
        window = calendarWindow(endAt, 'day', zone);
        expect(window.startAt).toBe(endAt);
      }
    }
});

test('calendar: an hour in which clocks change by half an hour lasts an hour and a half', () => {
  // On Lord Howe 02:00 becomes 01:30 in April, and 02:30 in October.
  for (const [from, times] of [
    ['2026-04-04T13:00:00Z', ['13:00', '14:00', '15:30', '16:30']],
    ['2026-10-03T13:30:00Z', ['13:30', '14:30', '16:00', '17:00']],
  ] as const) {
    const starts = [calendarWindow(at(from), 'hour', 'Australia/Lord_Howe')];
    for (let last = starts[0]; last?.endAt && starts.length < times.length; last = starts.at(-1))
      starts.push(calendarWindow(last.endAt, 'hour', 'Australia/Lord_Howe'));
    expect(starts.map(({ startAt }) => new Date(startAt).toISOString().slice(11, 16))).toEqual(times);
  }
});

test('calendar: hours follow each other without a hole or an overlap, whatever clocks do meanwhile', () => {
  const changes = [
    ['Europe/Berlin', '2026-10-24T20:00:00Z'],
    ['America/St_Johns', '2006-10-28T23:00:00Z'],
    ['Australia/Lord_Howe', '2026-04-04T10:00:00Z'],
    ['Australia/Lord_Howe', '2026-10-03T10:00:00Z'],
    ['America/Caracas', '2007-12-09T02:00:00Z'],
    ['America/Caracas', '2016-05-01T02:00:00Z'],
    ['Asia/Pyongyang', '2018-05-04T10:00:00Z'],
    ['Asia/Kathmandu', '1985-12-31T13:00:00Z'],
    ['Africa/Monrovia', '1972-01-06T20:00:00Z'],
  ] as const;
  for (const [zone, from] of changes)
    for (const per of ['hour', 'minute'] as const) {
      const lengthMs = per === 'hour' ? 3_600_000 : 60_000;
      let window = calendarWindow(at(from), per, zone);
      while (window.startAt < at(from) + 10 * 3_600_000) {
        const { startAt, endAt } = window;
        if (endAt === null) throw new TypeError('an hour without an end');
        expect(endAt - startAt, `${zone} ${startAt}`).toBeGreaterThanOrEqual(lengthMs / 2);
        expect(endAt - startAt).toBeLessThan(2 * lengthMs);
        for (const now of [startAt, (startAt + endAt) / 2, endAt - 1])
          expect(calendarWindow(now, per, zone)).toEqual(window);
        window = calendarWindow(endAt, per, zone);
        expect(window.startAt).toBe(endAt);
      }
    }
});

test('calendar: a time zone that does not exist is known to', () => {
  expect(isTimeZone('Europe/Berlin')).toBe(true);
  expect(isTimeZone('Europe/Atlantis')).toBe(false);
});
