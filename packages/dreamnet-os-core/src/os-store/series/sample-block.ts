import { createBitSink, readBits, takeBytes, writeBits } from './bit-stream.js';
import { planIntegers, readIntegers, writeIntegers } from './integer-column.js';
import { readValues, writeValues } from './value-column.js';

/** Samples of one series as two columns of the same length; times are whole epoch ms. */
export interface Samples {
  times: Float64Array;
  values: Float64Array;
}

/** A block holds at most 65 535 samples; the open heads hold far fewer. */
const COUNT_BITS = 16;

/** Reused: one block is written at a time. */
const sink = createBitSink(4096);

/** Samples as bytes; what comes back is the same to the last bit. */
export function encodeSamples({ times, values }: Samples): Uint8Array {
  sink.bytes.fill(0, 0, (sink.bit + 7) >>> 3);
  sink.bit = 0;
  writeBits(sink, times.length, COUNT_BITS);
  writeIntegers(sink, times, planIntegers(times));
  writeValues(sink, values);
  return takeBytes(sink);
}

/** What `encodeSamples` was given. The bytes must be whole: check their checksum before. */
export function decodeSamples(bytes: Uint8Array): Samples {
  const source = { bytes, bit: 0 };
  const count = readBits(source, COUNT_BITS);
  return { times: readIntegers(source, count), values: readValues(source, count) };
}
