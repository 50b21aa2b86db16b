import fc from 'fast-check';
import { expect, test } from 'vitest';
import { busSubject, compilePattern, escapeToken } from '../../src/index.js';

const event = (subject: string) => ({ type: 'alert.activated' as const, subject });

test('subject: type tokens, then the subject as one escaped token', () => {
  expect(busSubject(event('researcher'))).toBe('alert.activated.researcher');
  expect(busSubject(event('code.generation'))).toBe('alert.activated.code%2Egeneration');
  expect(busSubject(event(''))).toBe('alert.activated.%');
});

test('escape: any text is one token, and no two texts share one', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', '.', '*', '>', '%', ' ', '2', 'E', '\n', 'ü', '\u2028'),
  });
  fc.assert(
    fc.property(text, text, (left, right) => {
      expect(escapeToken(left)).toMatch(/^[^.*>\s]+$/u);
      expect(escapeToken(left) === escapeToken(right)).toBe(left === right);
    }),
  );
});

test('pattern: `*` is one token, `>` is one or more', () => {
  const cases: [string, string, boolean][] = [
    ['alert.activated.x', 'alert.activated.x', true],
    ['alert.*.x', 'alert.activated.x', true],
    ['alert.*', 'alert.activated.x', false],
    ['alert.>', 'alert.activated.x', true],
    ['alert.activated.x.>', 'alert.activated.x', false],
    ['>', 'alert', true],
    ['*', 'alert.x', false],
    ['process.>', 'alert.x', false],
  ];
  for (const [pattern, subject, fits] of cases)
    expect(compilePattern(pattern)(subject), `${pattern} on ${subject}`).toBe(fits);
});

test('pattern: what is none is refused with its reason', () => {
  for (const pattern of ['', 'a..b', 'a.>.b', '>.a', 'a.b*', 'a b', 'x>'])
    expect(() => compilePattern(pattern), pattern).toThrow(
      expect.objectContaining({ code: 'DN_SPINE_BAD_PATTERN' }),
    );
});

test('pattern: agrees with a plain recursive definition on all inputs', () => {
  const fits = (pattern: readonly string[], subject: readonly string[]): boolean => {
    const [first, ...restOfPattern] = pattern;
    const [token, ...restOfSubject] = subject;
    if (first === undefined || token === undefined) return first === token;
    if (first === '>') return true;
    return (first === '*' || first === token) && fits(restOfPattern, restOfSubject);
  };
  const token = fc.constantFrom('a', 'b', 'c');
  const patternArbitrary = fc
    .tuple(fc.array(fc.oneof(token, fc.constant('*')), { maxLength: 4 }), fc.boolean())
    .map(([tokens, hasRest]) => (hasRest ? [...tokens, '>'] : tokens))
    .filter((tokens) => tokens.length > 0);
  fc.assert(
    fc.property(patternArbitrary, fc.array(token, { minLength: 1, maxLength: 5 }), (pattern, subject) => {
      expect(compilePattern(pattern.join('.'))(subject.join('.'))).toBe(fits(pattern, subject));
    }),
    { numRuns: 500 },
  );
});
