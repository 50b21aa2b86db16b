/** The highest code point; nothing sorts after a text made only of it. */
const LAST_CODE_POINT = 0x10ffff;
const FIRST_SURROGATE = 0xd800;
const AFTER_SURROGATES = 0xe000;

/**
 * Keys sort by code point, as their UTF-8 bytes do in a database; JavaScript's own `<` compares UTF-16 units and
 * would place an emoji before U+FF5E.
 */
export function compareKeys(left: string, right: string): number {
  const shorter = Math.min(left.length, right.length);
  for (let index = 0; index < shorter; index += 1) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a === b) continue;
    return rank(a) - rank(b);
  }
  return left.length - right.length;
}

/**
 * The smallest text greater than every text that begins with `prefix`.
 *
 * @returns undefined when there is none: then there is no upper bound.
 */
export function endOfPrefix(prefix: string): string | undefined {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    if (last === LAST_CODE_POINT) continue;
    const next = last + 1 === FIRST_SURROGATE ? AFTER_SURROGATES : last + 1;
    return String.fromCodePoint(...points, next);
  }
  return undefined;
}

/** A surrogate unit belongs to a code point above U+FFFF, so it ranks after every other unit. */
function rank(unit: number): number {
  return unit >= FIRST_SURROGATE && unit < AFTER_SURROGATES ? unit + 0x10000 : unit;
}
