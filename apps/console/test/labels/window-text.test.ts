import { expect, test } from 'vitest';
import { windowText } from '../../src/labels/window-text.js';

test('windows: days, times and the zone in words', () => {
  expect(
    windowText({
      weekdays: [{ begin: 1, end: 5 }],
      times: [{ start: 1_320, end: 1_440 }],
      location: 'Europe/Berlin',
    }),
  ).toBe('Mon–Fri, 22:00–24:00, Europe/Berlin');
});

test('windows: without a zone it is UTC, and a range of one is one', () => {
  expect(windowText({ weekdays: [{ begin: 0, end: 0 }], months: [{ begin: 12, end: 12 }] })).toBe(
    'Sun, Dec, UTC',
  );
});
