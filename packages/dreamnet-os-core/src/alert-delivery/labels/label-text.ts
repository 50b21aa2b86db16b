import type { LabelSet } from '@dreamnet/contracts';
import { labelValue } from './label-sets.js';

const ESCAPES: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '"': '\\"',
  '\\': '\\\\',
};
/** What Go's strconv.Quote prints as it is: letters, marks, numbers, punctuation, symbols and the space. */
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

/**
 * A label set as Alertmanager writes it in group keys: `{a="b", c="d"}`.
 *
 * @param names The names to write, sorted.
 */
export function labelsText(labels: LabelSet, names: readonly string[]): string {
  let text = '{';
  for (const name of names) {
    if (text.length > 1) text += ', ';
    text += `${name}=${quote(labelValue(labels, name))}`;
  }
  return `${text}}`;
}

/** A text in double quotes with Go's escapes. */
export function quote(text: string): string {
  if (isPlain(text)) return `"${text}"`;
  let quoted = '"';
  for (const character of text) quoted += ESCAPES[character] ?? escapeOf(character);
  return `${quoted}"`;
}

/** Printable ASCII without quotes and backslashes. */
function isPlain(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 0x20 || code > 0x7e || code === 0x22 || code === 0x5c) return false;
  }
  return true;
}

function escapeOf(character: string): string {
  if (PRINTABLE.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code <= 0xffff
    ? `\\u${code.toString(16).padStart(4, '0')}`
    : `\\U${code.toString(16).padStart(8, '0')}`;
}
