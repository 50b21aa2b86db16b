import { programError } from '../errors.js';

const OPENING_BRACE = 0x7b;
const OPENING_BRACKET = 0x5b;
/** Lists and objects of one body: an empty one is three bytes of text and sixty in memory. */
const MOST_CONTAINERS = 1_000_000;

/**
 * Refuses JSON that would take far more memory than its text. Looked at before it is parsed: a pass over the bytes
 * costs about a millisecond a megabyte.
 *
 * @throws DN_API_TOO_MANY_VALUES
 */
export function checkUnfolding(text: Uint8Array | string): void {
  // Most bodies are too short to hold so many.
  if (text.length < MOST_CONTAINERS) return;
  const containers = typeof text === 'string' ? countInText(text) : countInBytes(text);
  if (containers > MOST_CONTAINERS) throw programError('DN_API_TOO_MANY_VALUES', { limit: MOST_CONTAINERS });
}

function countInBytes(bytes: Uint8Array): number {
  let containers = 0;
  for (const byte of bytes) if (byte === OPENING_BRACE || byte === OPENING_BRACKET) containers += 1;
  return containers;
}

function countInText(text: string): number {
  let containers = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === OPENING_BRACE || unit === OPENING_BRACKET) containers += 1;
  }
  return containers;
}
