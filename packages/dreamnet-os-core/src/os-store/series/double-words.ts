/** Where the two halves of a double lie on this machine. */
const IS_LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
/** Index of the half with sign and exponent, and of the other. */
export const HIGH = IS_LITTLE_ENDIAN ? 1 : 0;
export const LOW = 1 - HIGH;

/** The same memory as pairs of 32-bit words. */
export function asWords(values: Float64Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
}

/** The same memory as doubles. */
export function asDoubles(words: Uint32Array): Float64Array {
  return new Float64Array(words.buffer, words.byteOffset, words.length / 2);
}
