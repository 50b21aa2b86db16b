import { type BitSink, type BitSource, readBits, writeBits } from './bit-stream.js';
import { asDoubles, asWords, HIGH, LOW } from './double-words.js';

/** Of the window: leading zeros of up to 31 and a length of 1 to 64. */
const WINDOW_BITS = 5 + 6;

/**
 * What writing the differing bits of neighbours costs, in bits. Good where values repeat or differ little.
 *
 * @source Pelkonen et al., "Gorilla: A Fast, Scalable, In-Memory Time Series Database", VLDB 2015, §4.1.2
 */
export function costOfXor(values: Float64Array): number {
  let bits = 64;
  walk(values, (lead, length, isNewWindow) => {
    bits += length === 0 ? 1 : 2 + length + (isNewWindow ? WINDOW_BITS : 0);
    return lead;
  });
  return bits;
}

/** Writes the first value whole, then of each what differs from the one before. */
export function writeXor(sink: BitSink, values: Float64Array): void {
  const words = asWords(values);
  if (values.length === 0) return;
  writeBits(sink, words[HIGH] ?? 0, 32);
  writeBits(sink, words[LOW] ?? 0, 32);
  walk(values, (lead, length, isNewWindow, high, low) => {
    if (length === 0) {
      writeBits(sink, 0, 1);
      return;
    }
    writeBits(sink, isNewWindow ? 3 : 2, 2);
    if (isNewWindow) {
      writeBits(sink, lead, 5);
      writeBits(sink, length - 1, 6);
    }
    writeMiddle(sink, { high, low, length, trail: 64 - lead - length });
  });
}

/** Reads what `writeXor` wrote. */
export function readXor(source: BitSource, count: number): Float64Array {
  const words = new Uint32Array(count * 2);
  if (count === 0) return asDoubles(words);
  words[HIGH] = readBits(source, 32);
  words[LOW] = readBits(source, 32);
  let lead = 0;
  let length = 64;
  for (let at = 2; at < words.length; at += 2) {
    words[at + HIGH] = words[at - 2 + HIGH] ?? 0;
    words[at + LOW] = words[at - 2 + LOW] ?? 0;
    if (readBits(source, 1) === 0) continue;
    if (readBits(source, 1) === 1) {
      lead = readBits(source, 5);
      length = readBits(source, 6) + 1;
    }
    readMiddle(source, { words, at, length, trail: 64 - lead - length });
  }
  return asDoubles(words);
}

type Visit = (lead: number, length: number, isNewWindow: boolean, high: number, low: number) => void;

/** Decides for each value after the first: the same (length 0), within the window in force, or a new window. */
function walk(values: Float64Array, visit: Visit): void {
  const words = asWords(values);
  let windowLead = -1;
  let windowTrail = 0;
  for (let at = 2; at < words.length; at += 2) {
    const high = ((words[at + HIGH] ?? 0) ^ (words[at - 2 + HIGH] ?? 0)) >>> 0;
    const low = ((words[at + LOW] ?? 0) ^ (words[at - 2 + LOW] ?? 0)) >>> 0;
    if (high === 0 && low === 0) {
      visit(0, 0, false, 0, 0);
      continue;
    }
    const lead = Math.min(31, high === 0 ? 32 + Math.clz32(low) : Math.clz32(high));
    const trail = low === 0 ? 32 + trailingZeros(high) : trailingZeros(low);
    const isInside = windowLead >= 0 && lead >= windowLead && trail >= windowTrail;
    const isWasteful = isInside && 64 - windowLead - windowTrail > 64 - lead - trail + WINDOW_BITS;
    const isNewWindow = !isInside || isWasteful;
    if (isNewWindow) [windowLead, windowTrail] = [lead, trail];
    visit(windowLead, 64 - windowLead - windowTrail, isNewWindow, high, low);
  }
}

function trailingZeros(word: number): number {
  return 31 - Math.clz32(word & -word);
}

interface Middle {
  high: number;
  low: number;
  length: number;
  trail: number;
}

function writeMiddle(sink: BitSink, { high, low, length, trail }: Middle): void {
  if (trail >= 32) {
    writeBits(sink, high >>> (trail - 32), length);
    return;
  }
  const lowLength = Math.min(length, 32 - trail);
  if (length > lowLength) writeBits(sink, high, length - lowLength);
  writeBits(sink, low >>> trail, lowLength);
}

function readMiddle(
  source: BitSource,
  into: { words: Uint32Array; at: number; length: number; trail: number },
): void {
  const { words, at, length, trail } = into;
  const [high, low] = [at + HIGH, at + LOW];
  if (trail >= 32) {
    words[high] = (words[high] ?? 0) ^ (readBits(source, length) << (trail - 32));
    return;
  }
  const lowLength = Math.min(length, 32 - trail);
  if (length > lowLength) words[high] = (words[high] ?? 0) ^ readBits(source, length - lowLength);
  words[low] = (words[low] ?? 0) ^ (readBits(source, lowLength) << trail);
}
