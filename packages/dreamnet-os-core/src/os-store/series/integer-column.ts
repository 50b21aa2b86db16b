import {
  type BitSink,
  type BitSource,
  bitLength,
  readBits,
  readWide,
  writeBits,
  writeWide,
} from './bit-stream.js';

/** Beyond this a difference of differences would not be exact in a double. */
export const LARGEST_INTEGER = 2 ** 50;

/** A quotient this long is not written in ones: the number follows as it is. */
const ESCAPE_ONES = 20;
const RAW_WIDTH = 53;
const PARAMETER_WIDTH = 6;
/** Powers of two by their exponent: `**` is a call. */
const POWER = Float64Array.from({ length: 64 }, (_, exponent) => 2 ** exponent);
/** Stands where the Rice parameter does: every residual is zero and none is written. */
const ALL_ZERO = 63;

/** How a column is foretold; what is written is how far off that was. */
interface Prediction {
  /** 0: the mean; 1: the last one and the mean step; 2: the last step again; 3: an even grid from the first on. */
  kind: 0 | 1 | 2 | 3;
  base: number;
}

interface Plan {
  prediction: Prediction;
  parameter: number;
  bits: number;
}

/**
 * The cheapest way to write whole numbers of ± 2^50 each: regular times cost next to nothing, counters the noise of
 * their rate.
 *
 * @source Rice, "Some Practical Universal Noiseless Coding Techniques", 1979; residuals as in lossless audio coding
 */
export function planIntegers(values: Float64Array): Plan {
  let best: Plan | undefined;
  for (const prediction of predictionsOf(values)) {
    const plan = costOf(values, prediction);
    if (best === undefined || plan.bits < best.bits) best = plan;
    if (best.parameter === ALL_ZERO) break;
  }
  return best ?? { prediction: { kind: 0, base: 0 }, parameter: ALL_ZERO, bits: 0 };
}

/** Writes the column as planned; its length is the reader's to know. */
export function writeIntegers(sink: BitSink, values: Float64Array, plan: Plan): void {
  const { prediction, parameter } = plan;
  writeBits(sink, prediction.kind, 2);
  writeSigned(sink, prediction.base);
  if (prediction.kind !== 0) writeSigned(sink, values[0] ?? 0);
  writeBits(sink, parameter, PARAMETER_WIDTH);
  if (parameter === ALL_ZERO) return;
  for (let at = prediction.kind === 0 ? 0 : 1; at < values.length; at += 1)
    writeRice(sink, zigzag((values[at] ?? 0) - foretell(values, at, prediction)), parameter);
}

/** Reads `count` numbers that `writeIntegers` wrote. */
export function readIntegers(source: BitSource, count: number): Float64Array {
  const kind = readBits(source, 2) as Prediction['kind'];
  const prediction: Prediction = { kind, base: readSigned(source) };
  const values = new Float64Array(count);
  let from = 0;
  if (kind !== 0 && count > 0) {
    values[0] = readSigned(source);
    from = 1;
  } else if (kind !== 0) readSigned(source);
  const parameter = readBits(source, PARAMETER_WIDTH);
  for (let at = from; at < count; at += 1) {
    const off = parameter === ALL_ZERO ? 0 : unzigzag(readRice(source, parameter));
    values[at] = foretell(values, at, prediction) + off;
  }
  return values;
}

function predictionsOf(values: Float64Array): Prediction[] {
  const last = values.length - 1;
  if (last < 0) return [];
  let sum = 0;
  for (const value of values) sum += value / values.length;
  const [first, final] = [values[0] ?? 0, values[last] ?? 0];
  const step = last === 0 ? 0 : Math.round((final - first) / last);
  return [
    { kind: 3, base: step },
    { kind: 1, base: step },
    { kind: 0, base: Math.round(sum) },
    { kind: 2, base: step },
  ];
}

/** Needs the values before `at` only, so that a reader can do the same. */
function foretell(values: Float64Array, at: number, { kind, base }: Prediction): number {
  if (kind === 0) return base;
  const before = values[at - 1] ?? 0;
  if (kind === 1) return before + base;
  if (kind === 2) return at < 2 ? before + base : 2 * before - (values[at - 2] ?? 0);
  return (values[0] ?? 0) + base * at;
}

/** Of each bit length how many residuals there are; one column is planned at a time. */
const lengths = new Uint32Array(RAW_WIDTH + 2);

function costOf(values: Float64Array, prediction: Prediction): Plan {
  const fixed = 2 + 6 + bitLength(Math.abs(prediction.base)) + PARAMETER_WIDTH;
  const longest = countLengths(values, prediction);
  const bits = prediction.kind === 0 ? fixed : fixed + 54;
  if (longest === 0) return { prediction, parameter: ALL_ZERO, bits };
  let [parameter, least] = [0, Number.POSITIVE_INFINITY];
  for (let candidate = 0; candidate <= longest; candidate += 1) {
    const cost = riceCost(candidate, longest);
    // The cost falls to its least and rises from there, but for a few far-off ones: those go on to the end.
    if (cost < least) [parameter, least] = [candidate, cost];
    else if (cost > 2 * least) break;
  }
  return { prediction, parameter, bits: bits + least };
}

/** @returns The longest. */
function countLengths(values: Float64Array, prediction: Prediction): number {
  lengths.fill(0);
  let longest = 0;
  for (let at = prediction.kind === 0 ? 0 : 1; at < values.length; at += 1) {
    const length = bitLength(zigzag((values[at] ?? 0) - foretell(values, at, prediction)));
    lengths[length] = (lengths[length] ?? 0) + 1;
    if (length > longest) longest = length;
  }
  return longest;
}

/** From the lengths alone; within a length numbers are taken to lie in the middle. */
function riceCost(parameter: number, longest: number): number {
  let bits = 0;
  for (let length = 0; length <= longest; length += 1) {
    const count = lengths[length] ?? 0;
    if (count === 0) continue;
    const quotient = length <= parameter ? 0 : 0.75 * (POWER[length - parameter] ?? 1);
    bits += count * (quotient >= ESCAPE_ONES ? ESCAPE_ONES + RAW_WIDTH : 1 + quotient + parameter);
  }
  return bits;
}

function writeRice(sink: BitSink, value: number, parameter: number): void {
  const quotient = Math.floor(value / (POWER[parameter] ?? 1));
  if (quotient >= ESCAPE_ONES) {
    writeBits(sink, (1 << ESCAPE_ONES) - 1, ESCAPE_ONES);
    writeWide(sink, value, RAW_WIDTH);
    return;
  }
  writeBits(sink, ((1 << quotient) - 1) << 1, quotient + 1);
  writeWide(sink, parameter > 32 ? value % (POWER[parameter] ?? 1) : value, parameter);
}

function readRice(source: BitSource, parameter: number): number {
  let quotient = 0;
  while (quotient < ESCAPE_ONES && readBits(source, 1) === 1) quotient += 1;
  return quotient === ESCAPE_ONES
    ? readWide(source, RAW_WIDTH)
    : quotient * (POWER[parameter] ?? 1) + readWide(source, parameter);
}

/** A length of up to 53 and so many bits, then the sign where there is one. */
function writeSigned(sink: BitSink, value: number): void {
  const size = Math.abs(value);
  const length = bitLength(size);
  writeBits(sink, length, 6);
  writeWide(sink, size, length);
  if (length > 0) writeBits(sink, value < 0 ? 1 : 0, 1);
}

function readSigned(source: BitSource): number {
  const length = readBits(source, 6);
  const size = readWide(source, length);
  return length > 0 && readBits(source, 1) === 1 ? -size : size;
}

/** 0, −1, 1, −2, … as 0, 1, 2, 3, … */
function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

function unzigzag(value: number): number {
  return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
}
