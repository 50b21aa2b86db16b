import { expect, test } from 'vitest';
import { problemOfDraft } from '../../../src/alert-delivery/silences/silence-rules.js';

const draftOf = (count: number, length: number) => ({
  matchers: Array.from({ length: count }, (_, n) => ({
    ...{ name: `n${n}`, value: 'a'.repeat(length), isRegex: true, isEqual: true },
  })),
  ...{ startsAt: 1, endsAt: 2, createdBy: 'test', comment: '' },
});

test('silence: expressions are bounded together, not each on its own', () => {
  expect(problemOfDraft(draftOf(50, 400))).toBeUndefined();
  expect(problemOfDraft(draftOf(51, 400))).toBe(
    'its regular expressions are longer than 20000 characters together',
  );
});
