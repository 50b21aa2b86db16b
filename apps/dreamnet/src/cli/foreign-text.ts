/**
 * What no text of others may put on a terminal: control characters but newline and tab, and what turns the direction of
 * writing, so that a text reads otherwise than it is.
 *
 * @source ECMA-48 §5.3 for C1; Unicode UAX #9 for embeddings, overrides and isolates
 */
const CONTROLS = String.raw`[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]`;
const FOREIGN = new RegExp(String.raw`\u001b|${CONTROLS}`, 'g');
const NOT_OURS = new RegExp(String.raw`\u001b(?!\[[0-9;]*m)|${CONTROLS}`, 'g');

/** A text of others as it may be shown: such characters are written as `\u001b`, which JSON reads as the same text. */
export function plainText(text: string): string {
  return text.replace(FOREIGN, escaped);
}

/** For what is about to be written: colours stay, ours being among them. */
export function withColoursOnly(text: string): string {
  return text.replace(NOT_OURS, escaped);
}

/** For `JSON.parse`: every text of an answer as it may be shown. A name of a field is one, too. */
export function plainReviver(_key: string, value: unknown): unknown {
  if (typeof value === 'string') return plainText(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const names = Object.keys(value);
  if (names.every((name) => plainText(name) === name)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [plainText(name), part]));
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
