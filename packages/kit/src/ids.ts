import { randomBytes } from 'node:crypto';

/** Crockford's base 32: no i, l, o, u, so that an id can be read aloud. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/**
 * A new id such as `alert-3k9x2mq7tz`: 50 random bits, enough that 10 million ids of one kind collide
 * with a probability under 5 %, and short enough to type.
 *
 * @param kind The noun before the dash.
 */
export function createId(kind: string): string {
  let text = '';
  for (const byte of randomBytes(10)) text += ALPHABET[byte % 32];
  return `${kind}-${text}`;
}
