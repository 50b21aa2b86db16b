import { randomFillSync } from 'node:crypto';

/** Crockford's base 32: no i, l, o, u, so that an id can be read aloud. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const ID_BYTES = 10;

/** Asking the system for few bytes costs as much as asking for many. */
const pool = Buffer.alloc(64 * ID_BYTES);
let used = pool.length;

/**
 * A new id such as `alert-3k9x2mq7tz`: 50 random bits, enough that 10 million ids of one kind collide
 * with a probability under 5 %, and short enough to type.
 *
 * @param kind The noun before the dash.
 */
export function createId(kind: string): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  let text = '';
  for (const end = used + ID_BYTES; used < end; used += 1) text += ALPHABET[(pool[used] ?? 0) % 32];
  return `${kind}-${text}`;
}
