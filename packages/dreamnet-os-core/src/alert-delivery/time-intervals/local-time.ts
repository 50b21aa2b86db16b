/** What a wall clock and a calendar show. Sunday is 0, January 1. */
export interface LocalTime {
  /** Of the day: 0 to 1439. */
  minute: number;
  weekday: number;
  day: number;
  daysInMonth: number;
  month: number;
  year: number;
}

const MINUTE_MS = 60_000;
const formats = new Map<string, Intl.DateTimeFormat>();
/** The last answer of each zone: thousands of windows are asked of one moment. */
const answers = new Map<string, { minute: number; local: LocalTime }>();

/** What a wall clock in the time zone shows. Each zone is asked once a minute: that is the costly part. */
export function localTime(at: number, location: string): LocalTime {
  const minute = Math.floor(at / MINUTE_MS);
  const known = answers.get(location);
  if (known?.minute === minute) return known.local;
  const local = calendarOf(location === 'UTC' ? at : at + offsetMs(at, location));
  answers.set(location, { minute, local });
  return local;
}

/** Is it a name that this machine knows as a time zone? */
export function isTimeZone(location: string): boolean {
  try {
    return formatOf(location) !== undefined;
  } catch (thrown) {
    if (thrown instanceof RangeError) return false;
    throw thrown;
  }
}

function calendarOf(shifted: number): LocalTime {
  const date = new Date(shifted);
  const year = date.getUTCFullYear();
  const month = date.getUTCMonth() + 1;
  return {
    minute: date.getUTCHours() * 60 + date.getUTCMinutes(),
    weekday: date.getUTCDay(),
    day: date.getUTCDate(),
    daysInMonth: new Date(Date.UTC(year, month, 0)).getUTCDate(),
    month,
    year,
  };
}

/** How far the zone's wall clock is ahead of UTC then. */
function offsetMs(at: number, location: string): number {
  const shown: Record<string, number> = {};
  for (const { type, value } of formatOf(location).formatToParts(at)) shown[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = shown;
  const wall = Date.UTC(year, month - 1, day, hour, minute);
  return wall - Math.floor(at / MINUTE_MS) * MINUTE_MS;
}

function formatOf(location: string): Intl.DateTimeFormat {
  const known = formats.get(location);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: location,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  formats.set(location, format);
  return format;
}
