import type { RegExpEngine } from 'ajv/dist/types/index.js';
import { compileRegex } from '../alert-delivery/matchers/regex/compile-regex.js';
import { parseRegex } from '../alert-delivery/matchers/regex/parse-regex.js';
import { coreError } from '../errors.js';

/** Of a pattern no more is shown. */
const MOST_SHOWN = 80;
/** `\u0041` and `\u{41}`, and past every other escape; half a character of two is no character of its own. */
const UNICODE_ESCAPE = /\\(?:u\{([0-9a-f]{1,6})\}|u(?!d[89a-f])([0-9a-f]{4})|[\s\S])/gi;

/**
 * Patterns of JSON schemas by the engine for expressions of users: RE2's syntax, and no value can make one slow.
 *
 * @throws DN_CORE_SCHEMA_PATTERN for what RE2 does not know (looking around, back-references), and by `test` for a
 * search that would take too long: neither yes nor no would be true.
 */
export const schemaPatterns: RegExpEngine = Object.assign(compilePattern, { code: 'schemaPatterns' });

function compilePattern(pattern: string): ReturnType<RegExpEngine> {
  const source = pattern.replace(UNICODE_ESCAPE, (whole, braced?: string, four?: string) => {
    const code = braced ?? four;
    return code === undefined ? whole : `\\x{${code}}`;
  });
  // Alone first: a stray bracket could close the group it is put into.
  const alone = parseRegex(source);
  if (typeof alone === 'string') throw refusal(pattern, alone);
  const compiled = compileRegex(`(?s:.*)(?:${source})(?s:.*)`);
  if (!compiled.ok) throw refusal(pattern, compiled.problem);
  return {
    test: (text) => {
      const answer = compiled.test(text);
      if (answer === undefined) throw refusal(pattern, 'searching this value takes too long');
      return answer;
    },
    // Ajv tells patterns apart by this text.
    toString: () => pattern,
  } as ReturnType<RegExpEngine>;
}

function refusal(pattern: string, problem: string) {
  const shown = pattern.length > MOST_SHOWN ? `${pattern.slice(0, MOST_SHOWN)}…` : pattern;
  return coreError('DN_CORE_SCHEMA_PATTERN', { pattern: shown, problem });
}
