import type { LabelMatcher, LabelSet } from '@dreamnet/contracts';

/** The comparisons in the order they are offered. */
export const OPERATORS = ['=', '!=', '=~', '!~'] as const;
export type Operator = (typeof OPERATORS)[number];

/** What was read, or why it could not be. */
export type ReadMatchers = { matchers: LabelMatcher[] } | { problem: string };

/** One condition with its value in double quotes, in single ones, or bare up to the next comma. */
const ONE = /^\s*([A-Za-z_][\w.:-]*)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*"|'[^']*'|[^,"']*?)\s*(?:,|$)/;

/**
 * Reads conditions as they are typed: `team="payments", route=~"/pay.*"`. All must hold.
 *
 * @returns No conditions for an empty text.
 */
export function readMatchers(text: string): ReadMatchers {
  const matchers: LabelMatcher[] = [];
  let rest = text.trim().replace(/^\{(.*)\}$/s, '$1');
  while (rest.trim() !== '') {
    const [whole, name, operator, written] = ONE.exec(rest) ?? [];
    if (whole === undefined || name === undefined || written === undefined)
      return { problem: `'${rest.trim()}' is not like name="value"` };
    const matcher = matcherOf(name, operator as Operator, unquoted(written));
    if (matcher.isRegex && !compiled(matcher.value))
      return { problem: `'${matcher.value}' is no regular expression` };
    matchers.push(matcher);
    rest = rest.slice(whole.length);
  }
  return { matchers };
}

/** One condition from its parts. */
export function matcherOf(name: string, operator: Operator, value: string): LabelMatcher {
  return { name, value, isRegex: operator.endsWith('~'), isEqual: operator.startsWith('=') };
}

/** The comparison of a condition. */
export function operatorOf({ isRegex, isEqual }: LabelMatcher): Operator {
  if (isRegex) return isEqual ? '=~' : '!~';
  return isEqual ? '=' : '!=';
}

/** A condition as it is typed. */
export function matcherText(matcher: LabelMatcher): string {
  return `${matcher.name}${operatorOf(matcher)}${JSON.stringify(matcher.value)}`;
}

/**
 * Makes a test of conditions, so that a long list compiles each expression once. A label that is not there counts as
 * empty, a regular expression must match the whole value; one that is no expression matches nothing.
 */
export function compileMatchers(matchers: readonly LabelMatcher[]): (labels: LabelSet) => boolean {
  const tests = matchers.map(({ name, value, isRegex, isEqual }) => {
    const expression = isRegex ? compiled(value) : undefined;
    return (labels: LabelSet) => {
      const found = labels[name] ?? '';
      if (!isRegex) return (found === value) === isEqual;
      return expression !== undefined && expression.test(found) === isEqual;
    };
  });
  return (labels) => tests.every((test) => test(labels));
}

function compiled(source: string): RegExp | undefined {
  try {
    return new RegExp(`^(?:${source})$`, 's');
  } catch {
    return undefined;
  }
}

function unquoted(written: string): string {
  if (written.startsWith("'")) return written.slice(1, -1);
  return written.startsWith('"') ? written.slice(1, -1).replace(/\\(.)/g, '$1') : written;
}
