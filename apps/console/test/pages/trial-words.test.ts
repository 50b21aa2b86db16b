import { expect, test } from 'vitest';
import { trialWords } from '../../src/pages/alerts/trial-words.js';

test('a trial of a receiver: says by which way it was told, or why it was not', () => {
  expect(trialWords({ notifier: 'webhook[0]', ok: true })).toBe('webhook[0]: told');
  expect(trialWords({ notifier: 'slack[0]', ok: false, error: 'answered 404' })).toBe(
    'slack[0]: answered 404',
  );
  expect(trialWords({ notifier: 'slack[0]', ok: false })).toBe('slack[0]: not told');
});
