import type { LabelMatcher, LabelSet } from '@dreamnet/contracts';
import { coreError } from '../../errors.js';
import { compareText, isWellFormed, labelValue } from '../labels/label-sets.js';
import { quote } from '../labels/label-text.js';
import { compileRegex, type TextTest } from './regex/compile-regex.js';
import type { RequiredTexts } from './regex/required-texts.js';

/** A matcher that is ready to be asked many times. */
export interface CompiledMatcher extends LabelMatcher {
  /** The only values that it holds for, when they are few. */
  readonly values?: readonly string[];
  /** What is in every value that it holds for. */
  readonly required?: RequiredTexts;
  matches(labels: LabelSet): boolean;
}

/** Characters that force a name in a matcher's text into quotes. */
const RESERVED = /[\s{}!=~,\\"'`]/;

/**
 * Makes matchers ready for use.
 *
 * @throws DN_CORE_MATCHER_INVALID for a name that is empty or a regular expression that RE2 would refuse.
 */
export function compileMatchers(matchers: readonly LabelMatcher[]): readonly CompiledMatcher[] {
  return matchers.map(compileMatcher);
}

/** Do all of the matchers hold? A label that is not there counts as empty. */
export function matchesAll(matchers: readonly CompiledMatcher[], labels: LabelSet): boolean {
  for (const matcher of matchers) if (!matcher.matches(labels)) return false;
  return true;
}

/**
 * Do these labels satisfy all the matchers? Compiles them each time: who asks often keeps an alert delivery.
 *
 * @param labels A label left out counts as one with an empty value.
 * @throws DN_CORE_MATCHER_INVALID
 */
export function matchesLabels(matchers: readonly LabelMatcher[], labels: LabelSet): boolean {
  return matchesAll(compileMatchers(matchers), labels);
}

/** @returns What is wrong with the matcher, or undefined. */
export function problemOfMatcher(matcher: LabelMatcher): string | undefined {
  if (matcher.name === '') return 'a matcher names no label';
  if (!isWellFormed(matcher.name) || !isWellFormed(matcher.value))
    return `the matcher of '${matcher.name}' is not valid Unicode`;
  if (!matcher.isRegex) return undefined;
  const compiled = compileRegex(matcher.value);
  return compiled.ok ? undefined : compiled.problem;
}

/**
 * A matcher as Alertmanager writes it: `severity="critical"`, `"foo bar"!~"a.*"`.
 *
 * @source prometheus/alertmanager pkg/labels
 */
export function matcherText(matcher: LabelMatcher): string {
  const operator = matcher.isRegex ? (matcher.isEqual ? '=~' : '!~') : matcher.isEqual ? '=' : '!=';
  if (RESERVED.test(matcher.name)) return `${quote(matcher.name)}${operator}${quote(matcher.value)}`;
  const value = matcher.value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
  return `${matcher.name}${operator}"${value}"`;
}

/** Several matchers as one text, in braces. */
export function matchersText(matchers: readonly LabelMatcher[]): string {
  return `{${matchers.map(matcherText).join(',')}}`;
}

/** Alertmanager's order of matchers in a route: by name, then value, then `=`, `!=`, `=~`, `!~`. */
export function compareMatchers(a: LabelMatcher, b: LabelMatcher): number {
  return compareText(a.name, b.name) || compareText(a.value, b.value) || kindOf(a) - kindOf(b);
}

function kindOf({ isRegex, isEqual }: LabelMatcher): number {
  return (isRegex ? 2 : 0) + (isEqual ? 0 : 1);
}

function compileMatcher(matcher: LabelMatcher): CompiledMatcher {
  const { name, value, isRegex, isEqual } = matcher;
  const problem = problemOfMatcher(matcher);
  if (problem !== undefined)
    throw coreError('DN_CORE_MATCHER_INVALID', { matcher: matcherText(matcher), problem });
  if (!isRegex) {
    return {
      name,
      value,
      isRegex,
      isEqual,
      matches: (labels) => (labelValue(labels, name) === value) === isEqual,
      ...(isEqual && { values: [value] }),
    };
  }
  const { test, texts, required } = testOf(value);
  // What takes too long to tell holds for nobody, `!~` included: the alert is told rather than kept quiet. Undefined is neither.
  const matches = (labels: LabelSet) => test(labelValue(labels, name)) === isEqual;
  const promises = isEqual && { ...(texts && { values: texts }), ...(required && { required }) };
  return { name, value, isRegex, isEqual, matches, ...promises };
}

interface Tested {
  test: TextTest;
  texts?: readonly string[];
  required?: RequiredTexts;
}

function testOf(source: string): Tested {
  const compiled = compileRegex(source);
  return compiled.ok ? compiled : { test: () => false };
}
