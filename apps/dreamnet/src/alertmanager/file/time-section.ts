import type { InclusiveRange, MinuteRange, TimeInterval } from '@dreamnet/contracts';
import { MONTHS, WEEKDAYS } from '../../config/calendar-names.js';
import { below, listOf, placed, type Reading, refuse, type Spot, section } from './reading.js';
import { text } from './values.js';

/** `HH:MM` as minutes of the day; 24:00 is its end. */
const minuteOfDay: Reading<number> = (spot) => {
  const value = text(spot) ?? '';
  const match = /^(?:([01]\d|2[0-3]):([0-5]\d)|(24):(00))$/.exec(value);
  if (!match) return refuse(spot, `'${value}' is not a time of day from 00:00 to 24:00`);
  return Number(match[1] ?? match[3]) * 60 + Number(match[2] ?? match[4]);
};

const readTimes = section({ start_time: minuteOfDay, end_time: minuteOfDay });

const timeRange: Reading<MinuteRange> = (spot) => {
  const { start_time: start, end_time: end } = readTimes(spot) ?? {};
  if (start === undefined || end === undefined) return refuse(spot, 'needs both start_time and end_time');
  return start < end ? { start, end } : refuse(spot, 'start_time must be before end_time');
};

/** One value or `first:last`. */
function range(spot: Spot, parse: (word: string) => number): InclusiveRange {
  const words = (text(spot) ?? '').split(':').map((word) => word.trim());
  const [first = '', last = first] = words;
  if (words.length > 2) return refuse(spot, `'${words.join(':')}' is neither one value nor first:last`);
  return { begin: parse(first), end: parse(last) };
}

function ordered(spot: Spot, read: InclusiveRange): InclusiveRange {
  return read.begin <= read.end ? read : refuse(spot, 'its end is before its beginning');
}

const weekdayRange: Reading<InclusiveRange> = (spot) =>
  ordered(
    spot,
    range(spot, (word) => {
      const day = WEEKDAYS.indexOf(word.toLowerCase());
      return day >= 0 ? day : refuse(spot, `'${word}' is not a weekday such as monday`);
    }),
  );

const monthRange: Reading<InclusiveRange> = (spot) =>
  ordered(
    spot,
    range(spot, (word) => {
      const month = /^\d{1,2}$/.test(word) ? Number(word) : MONTHS.indexOf(word.toLowerCase()) + 1;
      return month >= 1 && month <= 12 ? month : refuse(spot, `'${word}' is not a month such as may or 5`);
    }),
  );

const yearRange: Reading<InclusiveRange> = (spot) =>
  ordered(
    spot,
    range(spot, (word) => (/^\d{1,4}$/.test(word) ? Number(word) : refuse(spot, `'${word}' is not a year`))),
  );

/** -1 is the month's last day. Ends of the two kinds are compared only where the order is certain. */
const dayRange: Reading<InclusiveRange> = (spot) => {
  const read = range(spot, (word) => {
    const day = /^-?\d{1,2}$/.test(word) ? Number(word) : 0;
    return day !== 0 && Math.abs(day) <= 31 ? day : refuse(spot, `'${word}' is not a day of a month`);
  });
  if (read.begin < 0 && read.end > 0) return refuse(spot, 'its end must be negative when its beginning is');
  return Math.sign(read.begin) === Math.sign(read.end) ? ordered(spot, read) : read;
};

const location: Reading<string> = (spot) => {
  const name = text(spot) ?? '';
  return isTimeZone(name) ? name : refuse(spot, `'${name}' is not a time zone such as Europe/Berlin`);
};

function isTimeZone(name: string): boolean {
  try {
    return name === 'Local' || new Intl.DateTimeFormat('en', { timeZone: name }).format(0) !== '';
  } catch {
    return false; // that is how the platform says that it knows no such zone
  }
}

const readInterval = section({
  times: listOf(timeRange),
  weekdays: listOf(weekdayRange),
  days_of_month: listOf(dayRange),
  months: listOf(monthRange),
  years: listOf(yearRange),
  location,
});

const interval: Reading<TimeInterval> = (spot) => {
  const read = readInterval(spot) ?? {};
  const zone =
    read.location === 'Local' ? new Intl.DateTimeFormat().resolvedOptions().timeZone : read.location;
  return {
    ...(read.times?.length && { times: read.times }),
    ...(read.weekdays?.length && { weekdays: read.weekdays }),
    ...(read.days_of_month?.length && { daysOfMonth: read.days_of_month }),
    ...(read.months?.length && { months: read.months }),
    ...(read.years?.length && { years: read.years }),
    ...(zone !== undefined && { location: zone }),
  };
};

const readNamed = section({ name: placed(text), time_intervals: listOf(interval) });

/** An entry of `time_intervals:` or of the older `mute_time_intervals:`. */
export interface NamedIntervals {
  readonly name: string;
  readonly spot: Spot;
  readonly intervals: readonly TimeInterval[];
}

export const namedIntervals: Reading<readonly NamedIntervals[]> = listOf((spot) => {
  const { name, time_intervals: intervals = [] } = readNamed(spot) ?? {};
  if (!name || name.value === '') return refuse(spot, 'a time interval needs a name');
  return { name: name.value, spot: below(spot, 'name'), intervals };
});
