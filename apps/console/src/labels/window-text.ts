import type { TimeInterval } from '@dreamnet/contracts';

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A recurring stretch of time in words: `Mon–Fri, 22:00–24:00, Europe/Berlin`. */
export function windowText(interval: TimeInterval): string {
  const { times, weekdays, daysOfMonth, months, years, location = 'UTC' } = interval;
  const parts = [
    weekdays?.map(({ begin, end }) => spanText(DAYS[begin] ?? '?', DAYS[end] ?? '?')),
    times?.map(({ start, end }) => spanText(clockText(start), clockText(end))),
    daysOfMonth?.map(({ begin, end }) => `day ${spanText(String(begin), String(end))}`),
    months?.map(({ begin, end }) => spanText(MONTHS[begin - 1] ?? '?', MONTHS[end - 1] ?? '?')),
    years?.map(({ begin, end }) => spanText(String(begin), String(end))),
  ];
  const given = parts.filter((part) => part !== undefined && part.length > 0);
  return [...given.map((part) => part?.join(' ')), location].join(', ');
}

function spanText(from: string, to: string): string {
  return from === to ? from : `${from}–${to}`;
}

function clockText(minutes: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
