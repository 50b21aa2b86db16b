import { expect, test } from 'vitest';
import { waitLeftMs } from '../src/wait-left.js';

test('wait left: what is left of it, and nothing once it is over', () => {
  expect(waitLeftMs(1_700, 1_000, 1_000)).toBe(700);
  expect(waitLeftMs(1_700, 9_000, 1_000)).toBe(0);
});

test('wait left: a clock that was set back makes no wait longer than it was at first', () => {
  expect(waitLeftMs(3_601_000, 1_000, 30_000)).toBe(30_000);
});
