import { expect, test } from 'vitest';
import { counted, numberText, percentText } from '../../src/ui/number-text.js';

test('numbers: few characters, no false precision', () => {
  expect([0, 0.00001, 0.0312, 3.1459, 42, 153.64, 1_240, 36_100, 2_500_000, -5.5].map(numberText)).toEqual([
    '0',
    '1.0e-5',
    '0.0312',
    '3.15',
    '42',
    '153.6',
    '1,240',
    '36.1 k',
    '2.5 M',
    '-5.5',
  ]);
});

test('shares: small ones keep a digit', () => {
  expect([0, 0.004, 0.07, 0.871, 1].map(percentText)).toEqual(['0 %', '0.4 %', '7 %', '87 %', '100 %']);
});

test('counts: one is not several', () => {
  expect([counted(1, 'alert'), counted(10_000, 'alert')]).toEqual(['1 alert', '10,000 alerts']);
});
