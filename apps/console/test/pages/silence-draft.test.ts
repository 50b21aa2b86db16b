import { expect, test } from 'vitest';
import { matcherOf, matcherText } from '../../src/labels/matchers.js';
import {
  matchersOfAlert,
  matchersOfFilter,
  newDraft,
  problemsOf,
  windowsOf,
  wishOfDraft,
} from '../../src/pages/alerts/silence-draft.js';
import { alertView } from './alert-views.js';

const good = { ...newDraft([matcherOf('team', '=', 'payments')]), comment: ' rack move ' };

test('silence: begins now by the daemon’s clock, lasts as chosen, says why', () => {
  expect(wishOfDraft({ ...good, forMs: 1_800_000 })).toEqual({
    matchers: good.matchers,
    for: '1800000ms',
    comment: 'rack move',
  });
});

test('silence: what is missing is said', () => {
  expect(problemsOf(good)).toEqual([]);
  expect(problemsOf(newDraft([]))).toEqual(['Name at least one label.', 'Say why.']);
});

test('silence: conditions that hold for everything are refused', () => {
  const everything = { ...good, matchers: [matcherOf('team', '=~', '.*')] };
  expect(problemsOf(everything)).toEqual([
    'It would silence everything: one condition must ask for a value.',
  ]);
});

test('silence: a time over midnight is an evening and the next morning', () => {
  const night = { weekdays: [5, 6], from: '22:30', to: '06:00', location: 'Europe/Berlin' };
  expect(windowsOf(night)).toEqual([
    { times: [{ start: 1_350, end: 1_440 }], weekdays: [{ begin: 5, end: 6 }], location: 'Europe/Berlin' },
    {
      times: [{ start: 0, end: 360 }],
      weekdays: [
        { begin: 0, end: 0 },
        { begin: 6, end: 6 },
      ],
      location: 'Europe/Berlin',
    },
  ]);
});

test('silence: until midnight is one time, by day is one time', () => {
  const days = { weekdays: [1, 2, 3], location: 'UTC' };
  expect(windowsOf({ ...days, from: '22:00', to: '00:00' })).toHaveLength(1);
  expect(windowsOf({ ...days, from: '09:00', to: '17:00' })).toEqual([
    { times: [{ start: 540, end: 1_020 }], weekdays: [{ begin: 1, end: 3 }], location: 'UTC' },
  ]);
});

test('silence: made from the filter or from an alert it matches what it was made from', () => {
  const alert = alertView('a');
  expect(matchersOfAlert(alert).map(matcherText)).toEqual([
    'alertname="HighErrorRate"',
    'subsystem="ledger"',
  ]);
  const filter = {
    state: '',
    severity: 'critical',
    subsystem: '',
    standing: '',
    labels: 'team="a"',
    text: '',
  };
  expect(matchersOfFilter(filter).map(matcherText)).toEqual(['severity="critical"', 'team="a"']);
});
