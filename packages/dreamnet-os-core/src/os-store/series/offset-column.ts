import { type BitSink, type BitSource, readBits, writeBits } from './bit-stream.js';
import { asDoubles, asWords, HIGH, LOW } from './double-words.js';

const SIGN = 0x80000000;

interface Span {
  leastHigh: number;
  leastLow: number;
  /** Bits of the largest distance from the least one, 0 to 64. */
  width: number;
}

/** What `writeOffsets` costs, in bits. Good for noise within a range, where neighbours have nothing in common. */
export function costOfOffsets(values: Float64Array): number {
  return 64 + 7 + values.length * spanOf(ordered(values)).width;
}

/**
 * Writes how far each value is above the least one, all in the same number of bits. Counted in doubles there are in
 * between, so that it comes back bit for bit.
 */
export function writeOffsets(sink: BitSink, values: Float64Array): void {
  const words = ordered(values);
  const { leastHigh, leastLow, width } = spanOf(words);
  writeBits(sink, leastHigh, 32);
  writeBits(sink, leastLow, 32);
  writeBits(sink, width, 7);
  for (let at = 0; at < words.length; at += 2) {
    const low = (words[at + LOW] ?? 0) - leastLow;
    const high = (words[at + HIGH] ?? 0) - leastHigh - (low < 0 ? 1 : 0);
    if (width > 32) writeBits(sink, high, width - 32);
    writeBits(sink, low, Math.min(width, 32));
  }
}

/** Reads what `writeOffsets` wrote. */
export function readOffsets(source: BitSource, count: number): Float64Array {
  const leastHigh = readBits(source, 32);
  const leastLow = readBits(source, 32);
  const width = readBits(source, 7);
  const words = new Uint32Array(count * 2);
  for (let at = 0; at < words.length; at += 2) {
    const offsetHigh = width > 32 ? readBits(source, width - 32) : 0;
    const low = leastLow + readBits(source, Math.min(width, 32));
    const high = (leastHigh + offsetHigh + (low > 0xffffffff ? 1 : 0)) >>> 0;
    const isPositive = high >= SIGN;
    words[at + HIGH] = isPositive ? high ^ SIGN : ~high;
    words[at + LOW] = isPositive ? low : ~low;
  }
  return asDoubles(words);
}

/** The bits of doubles turned so that they sort as unsigned integers do. */
function ordered(values: Float64Array): Uint32Array {
  const words = asWords(values).slice();
  for (let at = 0; at < words.length; at += 2) {
    const high = words[at + HIGH] ?? 0;
    const isNegative = high >= SIGN;
    words[at + HIGH] = isNegative ? ~high : high ^ SIGN;
    if (isNegative) words[at + LOW] = ~(words[at + LOW] ?? 0);
  }
  return words;
}

function spanOf(words: Uint32Array): Span {
  let [leastHigh, leastLow, mostHigh, mostLow] = [0xffffffff, 0xffffffff, 0, 0];
  for (let at = 0; at < words.length; at += 2) {
    const high = words[at + HIGH] ?? 0;
    const low = words[at + LOW] ?? 0;
    if (high < leastHigh || (high === leastHigh && low < leastLow)) [leastHigh, leastLow] = [high, low];
    if (high > mostHigh || (high === mostHigh && low > mostLow)) [mostHigh, mostLow] = [high, low];
  }
  if (words.length === 0) return { leastHigh: 0, leastLow: 0, width: 0 };
  const borrow = mostLow < leastLow ? 1 : 0;
  const spanHigh = mostHigh - leastHigh - borrow;
  const spanLow = (mostLow - leastLow) >>> 0;
  return { leastHigh, leastLow, width: spanHigh > 0 ? 64 - Math.clz32(spanHigh) : 32 - Math.clz32(spanLow) };
}
