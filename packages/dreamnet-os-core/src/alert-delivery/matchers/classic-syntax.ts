import type { LabelMatcher } from '@dreamnet/contracts';
import { problemOfMatcher } from './label-matching.js';

/** Matchers read from a text, or why not. */
export type ReadMatchers =
  | { readonly ok: true; readonly matchers: readonly LabelMatcher[] }
  | { readonly ok: false; readonly problem: string };

/** `=~` stands before `=`, else the tilde would begin the value. */
const MATCHER = /^\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(=~|=|!=|!~)\s*([\s\S]*?)\s*$/;

/**
 * Reads matchers in the tolerant syntax of Alertmanager before 0.27: braces and the last comma may be left out,
 * values may be bare, and a backslash that escapes nothing stands for itself.
 *
 * @source prometheus/alertmanager pkg/labels/parse.go (its documentation)
 */
export function readClassic(text: string): ReadMatchers {
  const matchers: LabelMatcher[] = [];
  for (const part of partsOf(text.replace(/^\{/, '').replace(/\}$/, ''))) {
    const read = readOneClassic(part);
    if (typeof read === 'string') return { ok: false, problem: read };
    matchers.push(read);
  }
  return { ok: true, matchers };
}

/** The parts between commas that stand outside of quotes; an empty one after the last comma does not count. */
function partsOf(text: string): string[] {
  const parts: string[] = [];
  let part = '';
  let isQuoted = false;
  let isEscaped = false;
  for (const character of text) {
    if (character === ',' && !isQuoted) {
      parts.push(part);
      part = '';
      continue;
    }
    if (character === '"' && !isEscaped) isQuoted = !isQuoted;
    isEscaped = character === '\\' && !isEscaped;
    part += character;
  }
  if (part.trim() !== '') parts.push(part.trim());
  return parts;
}

function readOneClassic(text: string): LabelMatcher | string {
  const match = MATCHER.exec(text);
  if (!match) return `bad matcher format: ${text}`;
  const [, name = '', operator = '', raw = ''] = match;
  const value = unescapeValue(raw);
  if (value === undefined) return `matcher value contains unescaped double quote: ${raw}`;
  const matcher: LabelMatcher = {
    name,
    value,
    isRegex: operator.endsWith('~'),
    isEqual: operator.startsWith('='),
  };
  return problemOfMatcher(matcher) ?? matcher;
}

/** @returns undefined when a double quote stands where none may. */
function unescapeValue(raw: string): string | undefined {
  const isQuoted = raw.startsWith('"');
  const inner = isQuoted ? raw.slice(1) : raw;
  let value = '';
  for (let at = 0; at < inner.length; at += 1) {
    const character = inner.charAt(at);
    const isLast = at === inner.length - 1;
    if (character === '"') return isQuoted && isLast ? value : undefined;
    if (character !== '\\' || isLast) {
      value += character;
      continue;
    }
    at += 1;
    value += unescaped(inner.charAt(at));
  }
  return isQuoted ? undefined : value;
}

function unescaped(character: string): string {
  if (character === 'n') return '\n';
  return character === '"' || character === '\\' ? character : `\\${character}`;
}
