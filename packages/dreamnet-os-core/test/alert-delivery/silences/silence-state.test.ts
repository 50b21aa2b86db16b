import type { Silence } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { stateWithWindows } from '../../../src/alert-delivery/silences/silence-rules.js';

const MONDAY_NOON = Date.UTC(2026, 10, 16, 12);
const HOUR_MS = 3_600_000;
const silence: Silence = {
  id: 's',
  matchers: [{ name: 'job', value: 'night', isEqual: true, isRegex: false }],
  startsAt: MONDAY_NOON,
  endsAt: MONDAY_NOON + 30 * 24 * HOUR_MS,
  createdBy: 'ops',
  comment: 'every night',
  updatedAt: MONDAY_NOON,
  windows: [{ times: [{ start: 22 * 60, end: 24 * 60 }] }],
};

test('silence state: between two of its windows it waits for the next and is not shown as active', () => {
  expect(stateWithWindows(silence, MONDAY_NOON + HOUR_MS)).toBe('pending');
  expect(stateWithWindows(silence, MONDAY_NOON + 10.5 * HOUR_MS)).toBe('active');
  expect(stateWithWindows(silence, MONDAY_NOON + 12.5 * HOUR_MS)).toBe('pending');
  expect(stateWithWindows(silence, silence.endsAt)).toBe('expired');
});
