import { type BitSink, type BitSource, readBits, writeBits } from './bit-stream.js';
import { LARGEST_INTEGER, planIntegers, readIntegers, writeIntegers } from './integer-column.js';
import { costOfOffsets, readOffsets, writeOffsets } from './offset-column.js';
import { costOfXor, readXor, writeXor } from './xor-column.js';

/** How the values of a block are written: 2 bits at its beginning. */
const METHOD = { decimal: 0, xor: 1, offsets: 2 } as const;

/** Decimal places tried. A value with more is taken for one without an end. */
const MOST_PLACES = 9;
const POWERS = Array.from({ length: MOST_PLACES + 1 }, (_, places) => 10 ** places);

/** Whole numbers that take no more bits each than this are not beaten by the other ways. */
const CHEAP_BITS = 16;

/** Writes doubles bit for bit, each block the cheapest of three ways. */
export function writeValues(sink: BitSink, values: Float64Array): void {
  const places = placesOf(values);
  const whole = places === undefined ? undefined : scaled(values, places);
  const plan = whole && planIntegers(whole);
  const limit = plan === undefined ? Number.POSITIVE_INFINITY : plan.bits;
  const isCheap = limit <= CHEAP_BITS * values.length;
  const xorBits = isCheap ? limit : costOfXor(values);
  const offsetBits = isCheap ? limit : costOfOffsets(values);
  if (whole && plan && limit <= Math.min(xorBits, offsetBits)) {
    writeBits(sink, METHOD.decimal, 2);
    writeBits(sink, places ?? 0, 4);
    writeIntegers(sink, whole, plan);
  } else if (xorBits <= offsetBits) {
    writeBits(sink, METHOD.xor, 2);
    writeXor(sink, values);
  } else {
    writeBits(sink, METHOD.offsets, 2);
    writeOffsets(sink, values);
  }
}

/** Reads `count` doubles that `writeValues` wrote. */
export function readValues(source: BitSource, count: number): Float64Array {
  const method = readBits(source, 2);
  if (method === METHOD.xor) return readXor(source, count);
  if (method === METHOD.offsets) return readOffsets(source, count);
  const power = POWERS[readBits(source, 4)] ?? 1;
  const values = readIntegers(source, count);
  if (power !== 1) for (let at = 0; at < count; at += 1) values[at] = (values[at] ?? 0) / power;
  return values;
}

/**
 * The fewest decimal places with which every value is a whole number and comes back from it to the last bit.
 *
 * @returns undefined when there is no such number: not finite, −0, too large, or no decimal fraction.
 */
function placesOf(values: Float64Array): number | undefined {
  let places = 0;
  for (const value of values) {
    while (places <= MOST_PLACES && !isExact(value, places)) places += 1;
    if (places > MOST_PLACES) return undefined;
  }
  // More places may be needed by a later value than an earlier one can bear.
  for (const value of values) if (!isExact(value, places)) return undefined;
  return places;
}

function isExact(value: number, places: number): boolean {
  const power = POWERS[places] ?? 1;
  const whole = Math.round(value * power);
  // As a whole number −0 would lose its sign.
  if (whole === 0) return Object.is(value, 0);
  return Math.abs(whole) <= LARGEST_INTEGER && whole / power === value;
}

function scaled(values: Float64Array, places: number): Float64Array {
  const power = POWERS[places] ?? 1;
  const whole = new Float64Array(values.length);
  for (let at = 0; at < values.length; at += 1) whole[at] = Math.round((values[at] ?? 0) * power);
  return whole;
}
