import { expect, test } from 'vitest';
import { standingOf } from '../../src/pages/alerts/receiver-standing.js';

const quiet = { name: 'webhook[0]', sent: 0, failed: 0, retried: 0 };
const wordOf = (figures: object) => standingOf({ ...quiet, ...figures }).word;

test('receiver: what never worked is failing, also before the first was given up', () => {
  expect(wordOf({})).toBe('not used yet');
  expect(wordOf({ retried: 1, lastError: '503', lastErrorAt: 5 })).toBe('failing');
  expect(wordOf({ failed: 3, retried: 20, lastError: '503' })).toBe('failing');
});

test('receiver: what happened last decides', () => {
  expect(wordOf({ sent: 4, failed: 1, lastError: '503', lastErrorAt: 9, lastSentAt: 5 })).toBe('failing');
  expect(wordOf({ sent: 4, failed: 1, lastError: '503', lastErrorAt: 5, lastSentAt: 9 })).toBe('works');
  expect(wordOf({ sent: 4, lastSentAt: 9 })).toBe('works');
});
