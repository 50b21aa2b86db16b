/**
 * What turns the direction of writing, so that a text reads otherwise than it is: embeddings, overrides and isolates.
 *
 * @source Unicode UAX #9
 */
const TURNING = /[\u202a-\u202e\u2066-\u2069]/g;
/** The same in a text of JSON, where it may be written as an escape. */
const TURNING_IN_JSON = /[\u202a-\u202e\u2066-\u2069]|\\u20(?:2[a-e]|6[6-9])/i;
/** Matched against what the daemon has, character by character: escaped they would match nothing. Shown by `visibleText`. */
const SENT_BACK: ReadonlySet<string> = new Set(['labels', 'matchers']);

/** A text of others as it may be shown: what turns the direction is written as `\u202e`, as the command line does. */
export function visibleText(text: string): string {
  return text.replace(TURNING, (character) => `\\u${character.charCodeAt(0).toString(16)}`);
}

/**
 * An answer of the daemon with every text as it may be shown, but labels and matchers.
 *
 * @param json One value.
 * @throws SyntaxError when it is no JSON.
 */
export function parseAnswer(json: string): unknown {
  const value: unknown = JSON.parse(json);
  return TURNING_IN_JSON.test(json) ? visible(value) : value;
}

function visible(value: unknown): unknown {
  if (typeof value === 'string') return visibleText(value);
  if (Array.isArray(value)) return value.map(visible);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [
      visibleText(name),
      SENT_BACK.has(name) ? part : visible(part),
    ]),
  );
}
