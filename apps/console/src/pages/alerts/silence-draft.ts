import type { AlertView, LabelMatcher, SilenceFromNow, TimeInterval } from '@dreamnet/contracts';
import { compileMatchers, matcherOf, readMatchers } from '../../labels/matchers.js';
import type { AlertWish } from './alert-filter.js';

/** Times of a week in which a silence holds. Sunday is 0; times are `HH:MM`. */
export interface WindowDraft {
  weekdays: readonly number[];
  from: string;
  to: string;
  /** IANA name of the time zone. */
  location: string;
}

/** A silence as it stands in the form. */
export interface SilenceDraft {
  matchers: readonly LabelMatcher[];
  forMs: number;
  comment: string;
  window: WindowDraft | null;
}

const DAY_MINUTES = 1_440;
const HOUR_MS = 3_600_000;

/** How long a silence may last, as offered. */
export const DURATIONS = [
  { id: '1800000', label: '30 min' },
  { id: '7200000', label: '2 h' },
  { id: '28800000', label: '8 h' },
  { id: '86400000', label: '1 d' },
  { id: '604800000', label: '7 d' },
  { id: '2592000000', label: '30 d' },
] as const;

/** An empty form about these alerts. */
export function newDraft(matchers: readonly LabelMatcher[]): SilenceDraft {
  return { matchers, forMs: 2 * HOUR_MS, comment: '', window: null };
}

/** Conditions that hold for exactly what was filtered, as far as labels can say it. */
export function matchersOfFilter({ subsystem, severity, labels }: AlertWish): LabelMatcher[] {
  const read = readMatchers(labels);
  return [
    ...(subsystem === '' ? [] : [matcherOf('subsystem', '=', subsystem)]),
    ...(severity === '' ? [] : [matcherOf('severity', '=', severity)]),
    ...('matchers' in read ? read.matchers : []),
  ];
}

/** Conditions that hold for alerts like this one: the same name about the same subsystem. */
export function matchersOfAlert({ subsystem, labels }: AlertView): LabelMatcher[] {
  const name = labels.alertname;
  return [
    ...(name === undefined ? [] : [matcherOf('alertname', '=', name)]),
    matcherOf('subsystem', '=', subsystem),
  ];
}

/** What keeps a draft from being a silence; empty when nothing does. */
export function problemsOf({ matchers, comment, window }: SilenceDraft): string[] {
  const matchesAll = compileMatchers(matchers)({});
  return [
    ...(matchers.length === 0 ? ['Name at least one label.'] : []),
    ...(matchers.some(({ name }) => name.trim() === '') ? ['A condition has no label.'] : []),
    ...(matchers.length > 0 && matchesAll
      ? ['It would silence everything: one condition must ask for a value.']
      : []),
    ...(comment.trim() === '' ? ['Say why.'] : []),
    ...(window && window.weekdays.length === 0 ? ['Choose at least one day.'] : []),
    ...(window && window.from === window.to ? ['Beginning and end of the time are the same.'] : []),
  ];
}

/** The silence that is asked for. It begins when the daemon reads it: the clock of this computer may be another one. */
export function wishOfDraft(draft: SilenceDraft): SilenceFromNow {
  const { matchers, forMs, comment, window } = draft;
  return {
    matchers,
    for: `${forMs}ms`,
    comment: comment.trim(),
    ...(window && { windows: windowsOf(window) }),
  };
}

/** A time over midnight is two: the evening of each day and the morning of the next. */
export function windowsOf({ weekdays, from, to, location }: WindowDraft): TimeInterval[] {
  const [start, end] = [minutesOf(from), minutesOf(to)];
  const days = (shift: number) => rangesOf(weekdays.map((day) => (day + shift) % 7));
  if (start < end) return [{ times: [{ start, end }], weekdays: days(0), location }];
  return [
    { times: [{ start, end: DAY_MINUTES }], weekdays: days(0), location },
    ...(end > 0 ? [{ times: [{ start: 0, end }], weekdays: days(1), location }] : []),
  ];
}

/** Neighbouring days as one range. */
function rangesOf(days: readonly number[]): { begin: number; end: number }[] {
  const ranges: { begin: number; end: number }[] = [];
  for (const day of [...days].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && last.end === day - 1) last.end = day;
    else ranges.push({ begin: day, end: day });
  }
  return ranges;
}

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}
