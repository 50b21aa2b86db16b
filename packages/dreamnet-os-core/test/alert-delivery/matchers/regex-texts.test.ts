import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileRegex } from '../../../src/alert-delivery/matchers/regex/compile-regex.js';
import { parseRegex } from '../../../src/alert-delivery/matchers/regex/parse-regex.js';
import { createAutomaton } from '../../../src/alert-delivery/matchers/regex/regex-automaton.js';
import { prefixOf } from '../../../src/alert-delivery/matchers/regex/regex-texts.js';

function textsOf(source: string): readonly string[] | undefined {
  const compiled = compileRegex(source);
  return compiled.ok ? compiled.texts : undefined;
}

test.each([
  ['a', ['a']],
  ['a|bc|', ['a', 'bc', '']],
  ['h(1|2)x?', ['h1', 'h1x', 'h2', 'h2x']],
  ['a\\.b\\|c', ['a.b|c']],
  ['', ['']],
  ['a+', undefined],
  ['[ab]', undefined],
  ['(?i)a', undefined],
  ['a)|(?:b', undefined],
  ['a$|b', undefined],
])('regex texts: %j matches exactly %j', (source, texts) => {
  expect(textsOf(source)).toEqual(texts);
});

test.each([
  ['host-1.*', 'host-1'],
  ['(eu-(west))-[0-9]+', 'eu-west-'],
  ['.*', ''],
  ['a|b.*', ''],
  ['a)|(?:b', ''],
  ['ab?c*', 'a'],
])('regex texts: whatever %j matches begins with %j', (source, prefix) => {
  const tree = parseRegex(`^(?:${source})$`);
  expect(typeof tree === 'string' ? tree : prefixOf(tree)).toBe(prefix);
});

test('regex texts: the short cuts say what the automaton says', () => {
  const part = fc.constantFrom(
    'a',
    'b',
    'ab',
    '(a|b)',
    '(a|)',
    'b?',
    '[ab]',
    'a*',
    '^',
    '$',
    '|',
    '.',
    '(?:ab|b)',
  );
  const text = fc.array(fc.constantFrom('a', 'b', '|'), { maxLength: 5 }).map((all) => all.join(''));
  fc.assert(
    fc.property(fc.array(part, { maxLength: 5 }), fc.array(text, { maxLength: 20 }), (parts, texts) => {
      const source = parts.join('');
      const tree = parseRegex(`^(?:${source})$`);
      const compiled = compileRegex(source);
      if (typeof tree === 'string' || !compiled.ok) return;
      const automaton = createAutomaton(tree);
      for (const one of texts) expect(compiled.test(one)).toBe(automaton?.(one));
    }),
    { numRuns: 500 },
  );
});
