import { expect, test } from 'vitest';
import { durationText, spanText } from '../../src/ui/time-text.js';

test('durations: two units while the first is below ten', () => {
  expect([0, 999, 1_000, 65_000, 754_000, 11_640_000, 190_800_000].map(durationText)).toEqual([
    'now',
    'now',
    '1 s',
    '1 m 5 s',
    '12 m',
    '3 h 14 m',
    '2 d 5 h',
  ]);
});

test('spans: milliseconds below a second, then seconds that get coarser', () => {
  expect([0, 3.4, 404, 1_840, 12_340, 90_000].map(spanText)).toEqual([
    '0 ms',
    '3 ms',
    '404 ms',
    '1.84 s',
    '12.3 s',
    '1 m 30 s',
  ]);
});
