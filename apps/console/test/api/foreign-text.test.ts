import { expect, test } from 'vitest';
import { parseAnswer, visibleText } from '../../src/api/foreign-text.js';

test('foreign text: what turns the direction of writing is shown as an escape, right-to-left letters stay', () => {
  expect(visibleText('one \u202eevil\u2066 \u05d0')).toBe('one \\u202eevil\\u2066 \u05d0');
});

test('foreign text: an answer has it nowhere, however it was written, in values and in names of fields', () => {
  const answer = { reason: 'a\u202eb', list: [{ 'k\u2067': '\u202a' }], count: 3, none: null };
  const shown = { reason: 'a\\u202eb', list: [{ 'k\\u2067': '\\u202a' }], count: 3, none: null };
  expect(parseAnswer(JSON.stringify(answer))).toEqual(shown);
  expect(parseAnswer(String.raw`{"reason":"a\u202Eb"}`)).toEqual({ reason: String.raw`a\u202eb` });
});

test('foreign text: labels and matchers stay as they are, since they are sent back to be matched', () => {
  const answer = { message: '\u202e', labels: { team: '\u202e' }, matchers: [{ value: '\u202e' }] };
  expect(parseAnswer(JSON.stringify(answer))).toEqual({ ...answer, message: '\\u202e' });
});
