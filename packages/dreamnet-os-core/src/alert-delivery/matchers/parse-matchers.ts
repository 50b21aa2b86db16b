import type { LabelMatcher } from '@dreamnet/contracts';
import { coreError } from '../../errors.js';
import { type ReadMatchers, readClassic } from './classic-syntax.js';
import { readUtf8 } from './utf8-syntax.js';

/** Which syntax a text is read in: Alertmanager's default is `fallback`, the other two are its feature flags. */
export type MatcherSyntax = 'fallback' | 'utf8' | 'classic';

const READERS: Readonly<Record<MatcherSyntax, (text: string) => ReadMatchers>> = {
  classic: readClassic,
  utf8: readUtf8,
  fallback: readBoth,
};

/**
 * Reads a list of matchers such as `{alertname="Down", zone=~"eu-.*"}` or `alertname=Down`.
 *
 * @param syntax Default `fallback`: the UTF-8 syntax, and where the classic one reads the text otherwise, that one.
 * @returns The matchers; none for an empty text or `{}`.
 * @throws DN_CORE_MATCHER_INVALID which says where the text is wrong.
 */
export function parseMatchers(text: string, syntax: MatcherSyntax = 'fallback'): readonly LabelMatcher[] {
  const read = READERS[syntax](text);
  if (!read.ok) throw coreError('DN_CORE_MATCHER_INVALID', { matcher: text, problem: read.problem });
  return read.matchers;
}

/**
 * Reads exactly one matcher, without braces.
 *
 * @param syntax As in `parseMatchers`.
 * @throws DN_CORE_MATCHER_INVALID when the text holds none, several, or one that is wrong.
 */
export function parseMatcher(text: string, syntax: MatcherSyntax = 'fallback'): LabelMatcher {
  const refuse = (problem: string) => coreError('DN_CORE_MATCHER_INVALID', { matcher: text, problem });
  if (text.startsWith('{') || text.endsWith('}')) throw refuse('one matcher stands without braces');
  const matchers = parseMatchers(text, syntax);
  const [matcher] = matchers;
  if (matchers.length !== 1 || !matcher)
    throw refuse(`one matcher was expected and ${matchers.length} found`);
  return matcher;
}

/** Both readers have a say: what only the classic one understands, or understands differently, is read its way. */
function readBoth(text: string): ReadMatchers {
  const strict = readUtf8(text);
  const classic = readClassic(text);
  if (!strict.ok) return classic;
  return classic.ok && !isSame(strict.matchers, classic.matchers) ? classic : strict;
}

function isSame(one: readonly LabelMatcher[], other: readonly LabelMatcher[]): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
