import { expect, test } from 'vitest';
import { isOfProcess } from '../../src/daemon/start-state.js';

const HOUR = 3_600_000;
const NOON = Date.UTC(2026, 0, 1, 12);

test('start state: what was told before a process was started is of the one before it', () => {
  const process = { startedAt: NOON, ranMs: 5000 };
  expect(isOfProcess(NOON - 1, process, NOON + 5000)).toBe(false);
  expect(isOfProcess(NOON + 4000, process, NOON + 5000)).toBe(true);
});

test('start state: what a process was told to be before and after the clock was set is its own', () => {
  const process = { startedAt: NOON, ranMs: 5000 };
  for (const jumpMs of [-HOUR, HOUR]) {
    expect(isOfProcess(NOON + 1000, process, NOON + jumpMs + 5000)).toBe(true);
    expect(isOfProcess(NOON + jumpMs + 4000, process, NOON + jumpMs + 5000)).toBe(true);
  }
});
