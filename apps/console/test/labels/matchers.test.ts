import type { LabelMatcher } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { compileMatchers, matcherText, readMatchers } from '../../src/labels/matchers.js';

function read(text: string): LabelMatcher[] {
  const answer = readMatchers(text);
  if ('problem' in answer) throw new Error(answer.problem);
  return answer.matchers;
}
const fits = (text: string, labels: Record<string, string>) => compileMatchers(read(text))(labels);

test('conditions: all four comparisons, quoted or bare, with or without braces', () => {
  expect(read(`{a="1", b!='2', c=~"x.*", d!~y}`).map(matcherText)).toEqual([
    'a="1"',
    'b!="2"',
    'c=~"x.*"',
    'd!~"y"',
  ]);
  expect(read('')).toEqual([]);
});

test('conditions: commas and quotes within quotes belong to the value', () => {
  expect(read(String.raw`path="/a,b", say="\"hi\""`).map(({ value }) => value)).toEqual(['/a,b', '"hi"']);
});

test('conditions: what cannot be read is said, not guessed', () => {
  expect(readMatchers('team payments')).toEqual({ problem: `'team payments' is not like name="value"` });
  expect(readMatchers('a=~"("')).toEqual({ problem: `'(' is no regular expression` });
});

test('conditions: a regular expression must match the whole value', () => {
  expect(fits('route=~"/pay"', { route: '/pay' })).toBe(true);
  expect(fits('route=~"/pay"', { route: '/payments' })).toBe(false);
  expect(fits('route!~"/pay.*"', { route: '/search' })).toBe(true);
});

test('conditions: a label that is not there is empty, and all must hold', () => {
  expect(fits('team=""', {})).toBe(true);
  expect(fits('team!="a"', {})).toBe(true);
  expect(fits('a="1", b="2"', { a: '1' })).toBe(false);
});
