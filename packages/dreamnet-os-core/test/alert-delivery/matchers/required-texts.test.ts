import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileRegex } from '../../../src/alert-delivery/matchers/regex/compile-regex.js';
import { createTextIndex } from '../../../src/alert-delivery/matchers/regex/text-index.js';

function requiredOf(source: string) {
  const compiled = compileRegex(source);
  return compiled.ok ? compiled.required : undefined;
}

test.each([
  ['.*-42\\..*', { texts: ['-42.'], isFolded: false }],
  ['.*(eu|us)-[0-9]+', { texts: ['eu', 'us'], isFolded: false }],
  ['(a.*|.*b)c?', { texts: ['a', 'b'], isFolded: false }],
  ['(ab)+x{2,}', { texts: ['ab'], isFolded: false }],
  ['(?i).*Web(?-i)[0-9]+', { texts: ['web'], isFolded: true }],
  ['.*(?i)ä.*', undefined],
  ['(long)?[a-z]*', undefined],
  ['.*(a|[0-9]).*', undefined],
])('required texts: of %j', (source, expected) => {
  expect(requiredOf(source)).toEqual(expected);
});

test('required texts: whatever matches is found by them', () => {
  const atom = fc.constantFrom(
    'a',
    's',
    'k',
    '.',
    '[as]',
    '[^a]',
    '(a|sk)',
    '(as)',
    '(?i:s)',
    '(?i:ak)',
    '(s|K.)',
    '\\b',
  );
  const piece = fc.tuple(atom, fc.constantFrom('', '*', '+', '?', '{2}')).map(([one, times]) => {
    return one === '\\b' ? one : one + times;
  });
  const source = fc.array(piece, { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join(''));
  const text = fc.string({
    unit: fc.constantFrom('a', 's', 'k', 'A', 'S', 'K', '\u017f', '\u212a'),
    maxLength: 5,
  });
  let matching = 0;
  fc.assert(
    fc.property(source, text, (expression, value) => {
      const compiled = compileRegex(expression);
      if (!compiled.ok || !compiled.required || !compiled.test(value)) return;
      matching += 1;
      const index = createTextIndex<string>();
      index.add('it', compiled.required);
      expect([...index.find(value)]).toEqual(['it']);
    }),
    { numRuns: 5000 },
  );
  expect(matching).toBeGreaterThan(30);
});
