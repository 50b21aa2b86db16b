/** Bits being written, most significant first. `bytes` grows as needed; what is beyond `bit` is zero. */
export interface BitSink {
  bytes: Uint8Array;
  /** How many bits are written. */
  bit: number;
}

/** Bits being read. Reading past the end gives zeros: whoever reads checks the checksum before. */
export interface BitSource {
  readonly bytes: Uint8Array;
  bit: number;
}

const TWO_32 = 2 ** 32;

/** An empty sink. */
export function createBitSink(expectedBytes = 256): BitSink {
  return { bytes: new Uint8Array(expectedBytes), bit: 0 };
}

/** What was written, filled up with zero bits to whole bytes; a copy. */
export function takeBytes(sink: BitSink): Uint8Array {
  return sink.bytes.slice(0, (sink.bit + 7) >>> 3);
}

/** Writes the lowest `width` bits (0 to 32) of an integer. */
export function writeBits(sink: BitSink, value: number, width: number): void {
  const needed = (sink.bit + width + 7) >>> 3;
  if (needed > sink.bytes.length) grow(sink, needed);
  const { bytes } = sink;
  let at = sink.bit;
  let left = width;
  while (left > 0) {
    const free = 8 - (at & 7);
    const taken = free < left ? free : left;
    const chunk = (value >>> (left - taken)) & ((1 << taken) - 1);
    const index = at >>> 3;
    bytes[index] = (bytes[index] ?? 0) | (chunk << (free - taken));
    at += taken;
    left -= taken;
  }
  sink.bit = at;
}

/** Reads `width` bits (0 to 32) as an unsigned integer. */
export function readBits(source: BitSource, width: number): number {
  const { bytes } = source;
  let at = source.bit;
  let left = width;
  let value = 0;
  while (left > 0) {
    const free = 8 - (at & 7);
    const taken = free < left ? free : left;
    const chunk = ((bytes[at >>> 3] ?? 0) >>> (free - taken)) & ((1 << taken) - 1);
    value = (value << taken) | chunk;
    at += taken;
    left -= taken;
  }
  source.bit = at;
  return value >>> 0;
}

/** Writes a whole number of 0 to 2^53 − 1 in `width` (0 to 53) bits. */
export function writeWide(sink: BitSink, value: number, width: number): void {
  if (width > 32) writeBits(sink, Math.floor(value / TWO_32), width - 32);
  writeBits(sink, value >>> 0, Math.min(width, 32));
}

/** Reads what `writeWide` wrote. */
export function readWide(source: BitSource, width: number): number {
  const high = width > 32 ? readBits(source, width - 32) : 0;
  return high * TWO_32 + readBits(source, Math.min(width, 32));
}

/** How many bits a whole number of 0 to 2^53 − 1 takes; 0 for 0. */
export function bitLength(value: number): number {
  return value < TWO_32 ? 32 - Math.clz32(value) : 64 - Math.clz32(value / TWO_32);
}

function grow(sink: BitSink, needed: number): void {
  const larger = new Uint8Array(Math.max(needed, sink.bytes.length * 2));
  larger.set(sink.bytes);
  sink.bytes = larger;
}
