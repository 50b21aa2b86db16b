/** Longer texts are told by their length. */
const LONGEST_SHOWN = 40;

/** What was given instead of what was expected, in words for a message. */
export function foundText(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') return foundKind(value);
  return value.length > LONGEST_SHOWN ? `a text of ${value.length} characters` : JSON.stringify(value);
}

/** The same without the value: where somebody may have given a secret. */
export function foundKind(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return 'a text';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
