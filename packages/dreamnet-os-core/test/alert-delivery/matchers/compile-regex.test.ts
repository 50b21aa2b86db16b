import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileRegex } from '../../../src/alert-delivery/matchers/regex/compile-regex.js';
import { parseRegex } from '../../../src/alert-delivery/matchers/regex/parse-regex.js';
import { createAutomaton } from '../../../src/alert-delivery/matchers/regex/regex-automaton.js';
import { matchesLabels } from '../../../src/index.js';

function matches(source: string, text: string): boolean | string | undefined {
  const compiled = compileRegex(source);
  return compiled.ok ? compiled.test(text) : compiled.problem;
}

test.each([
  ['bar', 'bar', true],
  ['bar', 'foo-bar', false],
  ['foo.bar', 'foo\nbar', false],
  ['(?s)foo.bar', 'foo\nbar', true],
  // In JavaScript a dot would stop at these, too.
  ['foo.bar', 'foo\rbar', true],
  ['foo.bar', 'foo\u2028bar', true],
  ['a.c', 'a🙂c', true],
  ['(?i)ÄB+', 'äbbB', true],
  ['(?i:a)b', 'Ab', true],
  ['(?i:a)b', 'AB', false],
  ['a(?i)b|c', 'aB', true],
  ['a(?i)b|c', 'C', true],
  ['(?m)^b$', 'a\nb', false],
  ['(?s).*(?m:^b$).*', 'a\nb\nc', true],
  ['\\Aa\\z', 'a', true],
  ['\\Qa.b*\\E+', 'a.b**', true],
  ['\\s', '\v', false],
  ['[[:space:]]', '\v', true],
  ['[^[:^digit:]]+', '42', true],
  ['[\\d\\-x]+', '4-x', true],
  ['\\pL+\\p{Greek}\\PL', 'aβ1', true],
  ['\\p{^Lu}', 'a', true],
  ['\\x41\\x{1F642}\\101\\n', 'A🙂A\n', true],
  ['\\_\\:\\@\\ \\-', '_:@ -', true],
  ['a{,2}', 'a{,2}', true],
  ['a{2}', 'aa', true],
  ['a{2,}b{0,1}', 'aaa', true],
  ['x}]', 'x}]', true],
  ['[]a]+', ']a', true],
  ['[a-]+', '-a', true],
  ['(?P<zone>eu)-(?<n>1)', 'eu-1', true],
  ['(a|b)*?c', 'ababc', true],
  ['\\bfoo\\b', 'foo', true],
  ['', '', true],
  // The text is put between anchors as it is, in Alertmanager as here.
  ['a)|(?:b', 'ab', true],
])('regex: %j on %j is %j as in RE2', (source, text, expected) => {
  expect(matches(source, text)).toBe(expected);
});

test.each([
  ['[regexp', 'missing closing ]'],
  ['(a', 'missing closing )'],
  ['a))', 'unexpected )'],
  ['*a', 'missing argument to repetition operator'],
  ['a**', 'invalid nested repetition operator'],
  ['a*+', 'invalid nested repetition operator'],
  ['a{1001}', 'invalid repeat count'],
  ['(a)\\1', 'invalid escape sequence'],
  ['(?=a)', 'invalid or unsupported Perl syntax'],
  ['(?<!a)', 'invalid or unsupported Perl syntax'],
  ['\\q', 'invalid escape sequence'],
  ['\\Z', 'invalid escape sequence'],
  ['\\p{Nobody}', 'invalid character class range'],
  ['[z-a]', 'invalid character class range'],
  ['[[:nobody:]]', 'invalid character class range'],
  ['((a{100}){100}){100}', 'expression is too large'],
])('regex: %j is refused with the reason', (source, problem) => {
  expect(matches(source, '')).toContain(`error parsing regexp: ${problem}`);
});

test('regex: what blows up a backtracking engine takes one pass here', () => {
  const text = `${'a'.repeat(20_000)}!`;
  for (const source of ['(a+)+', '(a|a)*', '(.*a){12}', '.*a.*a.*a.*a.*b', '(a*)*b', '.*a.*b'])
    expect(matches(source, text)).toBe(false);
});

test('regex: a search that would take seconds is given up, holds for nobody, and after ten times is not begun again', () => {
  const compiled = compileRegex('(?:.*[a-z]){900}b');
  const text = 'a'.repeat(100_000);
  if (!compiled.ok) throw new TypeError(compiled.problem);
  // Without a bound each takes fourteen seconds, with it a tenth of one: ten of them, on a busy machine, still take their time.
  for (let n = 0; n < 1000; n += 1) expect(compiled.test(text)).toBeUndefined();
  for (const isEqual of [true, false])
    expect(
      matchesLabels([{ name: 'a', value: '(?:.*[a-z]){900}b', isRegex: true, isEqual }], { a: text }),
    ).toBe(false);
}, 60_000);

test.each([
  ['((((){1000}){1000}){1000}){1000}', ''],
  ['.*'.repeat(2000), ''],
  ['\\p{L}'.repeat(2500), 'x'],
  ['(?i)[\\p{L}\\p{N}]'.repeat(1000), 'x'],
  ['\\p{L}{1000}', 'x'],
  ['(?:\\p{L}{30}){30}', 'x'],
  ['(?i)a(?-i)b'.repeat(1500), 'x'],
])('regex: %.40s is compiled without delay, however often it repeats itself', (source, text) => {
  // The first never ended and the others took seconds.
  expect(matches(source, text)).toBe(text === '');
});

test('regex: the same star again says nothing more and costs nothing more, another one does', () => {
  expect(parseRegex(`a${'.*'.repeat(2000)}b`)).toEqual(parseRegex('a.*b'));
  for (const source of ['.*.+', 'a*b*', '(?i:a)*a*', '[^a]*[a]*', '.?.?'])
    expect(parseRegex(source)).toMatchObject({ kind: 'sequence', parts: { length: 2 } });
});

test('regex: an expression of hundreds of different sets of characters is refused', () => {
  const sets = Array.from({ length: 400 }, (_, n) => `[\\p{L}\\x{${(0x3041 + n).toString(16)}}]`).join('');
  expect(matches(sets, '')).toBe('error parsing regexp: expression is too large');
});

test('regex: the automaton and the engine agree on every expression that both can do', () => {
  const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '(a|b)', '(ab)', '^', '$', '\\b');
  const piece = fc.tuple(atom, fc.constantFrom('', '*', '+', '?', '{2}', '{1,2}')).map(([one, times]) => {
    return '^$\\b'.includes(one) ? one : one + times;
  });
  const source = fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join(''));
  const text = fc.string({ unit: fc.constantFrom('a', 'b', ' '), maxLength: 6 });
  fc.assert(
    fc.property(source, text, (expression, value) => {
      const tree = parseRegex(`^(?:${expression})$`);
      if (typeof tree === 'string') return;
      expect(createAutomaton(tree)?.(value)).toBe(new RegExp(`^(?:${expression})$`, 's').test(value));
    }),
    { numRuns: 2000 },
  );
});
