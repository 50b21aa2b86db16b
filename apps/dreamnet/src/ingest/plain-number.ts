/** Numbers as they are written in JSON, read from bytes. */
export interface NumberCursor {
  /** Where to read; after a number that was read, the byte behind it. */
  at: number;
}

const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const LOWER_E = 0x65;
/** To lower case. */
const CASE_BIT = 0x20;
/** So many digits are always exact as a double. */
const MOST_DIGITS = 15;
/** Powers of ten that are exact: dividing one exact double by another rounds once, as reading the text does. */
const POWERS = Array.from({ length: MOST_DIGITS + 1 }, (_, power) => 10 ** power);

/**
 * Reads a number of up to 15 digits without an exponent; NaN when it is any other or none. What is read is the double
 * that `JSON.parse` gives.
 *
 * @source Clinger, "How to read floating point numbers accurately", PLDI 1990: the fast path
 */
export function readPlainNumber(bytes: Uint8Array, cursor: NumberCursor): number {
  let { at } = cursor;
  const isNegative = bytes[at] === MINUS;
  if (isNegative) at += 1;
  const first = at;
  let value = 0;
  for (; isDigit(bytes[at]); at += 1) value = value * 10 + (bytes[at] as number) - ZERO;
  let digits = at - first;
  if (digits === 0 || (digits > 1 && bytes[first] === ZERO)) return Number.NaN;
  if (bytes[at] === DOT) {
    at += 1;
    const begin = at;
    for (; isDigit(bytes[at]); at += 1) value = value * 10 + (bytes[at] as number) - ZERO;
    const places = at - begin;
    digits += places;
    if (places === 0 || digits > MOST_DIGITS) return Number.NaN;
    value /= POWERS[places] as number;
  }
  if (digits > MOST_DIGITS || ((bytes[at] as number) | CASE_BIT) === LOWER_E) return Number.NaN;
  // A negative zero is read by those who care.
  if (isNegative && value === 0) return Number.NaN;
  cursor.at = at;
  return isNegative ? -value : value;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= ZERO + 9;
}
