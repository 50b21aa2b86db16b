import fc from 'fast-check';
import { expect, test } from 'vitest';
import { comparisonWords, holds, parseComparison } from '../../../src/heartbeat-alerts/rules/comparison.js';
import { globTest, parseMetricName } from '../../../src/heartbeat-alerts/rules/metric-name.js';
import { fillPlaceholders, unknownPlaceholder } from '../../../src/heartbeat-alerts/rules/placeholders.js';
import { showMs } from '../../../src/heartbeat-alerts/rules/rule-alert.js';

test('comparisons: the six operators are read and hold at their border as written', () => {
  const verdicts = ['> 5', '>= 5', '< 5', '<= 5', '== 5', '!= 5'].map((text) => {
    const comparison = parseComparison(text);
    return comparison && [4, 5, 6].map((value) => holds(comparison, value));
  });
  expect(verdicts).toEqual([
    [false, false, true],
    [false, true, true],
    [true, false, false],
    [true, true, false],
    [false, true, false],
    [true, false, true],
  ]);
});

test('comparisons: nothing holds for NaN, and what is no comparison is none', () => {
  for (const text of ['> 5', '>= 5', '< 5', '<= 5', '== 5', '!= 5']) {
    const comparison = parseComparison(text);
    expect(comparison && holds(comparison, Number.NaN)).toBe(false);
  }
  for (const text of ['5', '>', '> x', '=> 5', '> 1e999', '> NaN', '', '> 5 6'])
    expect(parseComparison(text)).toBeUndefined();
  expect(parseComparison(' <=-.5e1 ')).toEqual({ operator: '<=', threshold: -5 });
  expect(comparisonWords({ operator: '<', threshold: 0.5 })).toBe('below 0.5');
});

test('metric names: labels are taken out of the name; what is not well formed stays a name', () => {
  expect(parseMetricName('http.errors{route="/a\\"b",code="5,0"}')).toEqual({
    base: 'http.errors',
    labels: { route: '/a"b', code: '5,0' },
  });
  for (const name of ['plain', 'odd{', 'odd{x}', 'odd{x=1}', '{a="b"}'])
    expect(parseMetricName(name)).toEqual({ base: name, labels: {} });
});

test('globs: a star stands for any text, everything else for itself', () => {
  const cases: [string, string, boolean][] = [
    ['mail*', 'mailer', true],
    ['mail*', 'xmail', false],
    ['*.depth', 'queue.depth', true],
    ['*.depth', 'queuexdepth', false],
    ['a*b*c', 'axxbyyc', true],
    ['a*b*c', 'acb', false],
    ['ab*ba', 'aba', false],
    ['*', '', true],
  ];
  for (const [pattern, name, expected] of cases)
    expect([pattern, name, globTest(pattern)(name)]).toEqual([pattern, name, expected]);
});

test('globs: agree with the regular expression they stand for', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
  const name = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 });
  fc.assert(
    fc.property(text, name, (pattern, given) => {
      const expression = new RegExp(`^${pattern.replaceAll('*', '.*')}$`);
      expect(globTest(pattern)(given)).toBe(expression.test(given));
    }),
  );
});

test('placeholders: are filled once, unknown ones are found, and a text has an end', () => {
  const values = { value: '{{subsystem}}', subsystem: 'mail', labels: { team: 'core' } };
  expect(fillPlaceholders('{{ value }} of {{subsystem}} ({{labels.team}})', values)).toBe(
    '{{subsystem}} of mail (core)',
  );
  expect(unknownPlaceholder('{{value}} {{labels.a}} {{vlaue}}')).toBe('vlaue');
  expect(unknownPlaceholder('{{value}} and {{labels.a}}')).toBeUndefined();
  expect(fillPlaceholders('{{value}}', { value: 'x'.repeat(10_000), labels: {} })).toHaveLength(2000);
});

test('times in words: the largest unit that divides them', () => {
  expect([250, 90_000, 300_000, 7_200_000, 86_400_000].map(showMs)).toEqual([
    '250ms',
    '90s',
    '5m',
    '2h',
    '1d',
  ]);
});
