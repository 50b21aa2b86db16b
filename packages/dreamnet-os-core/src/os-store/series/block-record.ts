import { crc32 } from 'node:zlib';

/** One block within a record. `slot` tells whose it is; times are epoch ms. */
export interface RecordEntry {
  readonly slot: number;
  readonly from: number;
  readonly to: number;
  readonly bytes: Uint8Array;
}

/** An entry as it was read; `bytes` is undefined when they are damaged. */
export type ReadEntry = Omit<RecordEntry, 'bytes'> & { readonly bytes: Uint8Array | undefined };

const FORMAT = 1;
/** Format, checksum of the directory, length of the directory. */
const HEAD_BYTES = 1 + 4 + 4;
const LONGEST_ENTRY_BYTES = 5 + 8 + 8 + 5 + 4;

/** Many blocks as one value of the store: a directory with checksums, then the blocks one after another. */
export function packRecord(entries: readonly RecordEntry[]): Uint8Array {
  const directory = new Uint8Array(8 + entries.length * LONGEST_ENTRY_BYTES);
  const start = entries.reduce((least, { from }) => Math.min(least, from), Number.POSITIVE_INFINITY);
  let at = writeVarint(directory, 0, entries.length === 0 ? 0 : start);
  let payload = 0;
  for (const { slot, from, to, bytes } of entries) {
    at = writeVarint(directory, at, slot);
    at = writeVarint(directory, at, from - start);
    at = writeVarint(directory, at, to - from);
    at = writeVarint(directory, at, bytes.length);
    at = writeWord(directory, at, crc32(bytes));
    payload += bytes.length;
  }
  const record = new Uint8Array(HEAD_BYTES + at + payload);
  record[0] = FORMAT;
  writeWord(record, 1, crc32(directory.subarray(0, at)));
  writeWord(record, 5, at);
  record.set(directory.subarray(0, at), HEAD_BYTES);
  let end = HEAD_BYTES + at;
  for (const { bytes } of entries) {
    record.set(bytes, end);
    end += bytes.length;
  }
  return record;
}

/**
 * The entries of a record.
 *
 * @param isWanted Only these entries' bytes are checked and given.
 * @returns undefined when the directory is damaged or the value is no record of ours.
 */
export function unpackRecord(
  record: unknown,
  isWanted: (entry: Omit<RecordEntry, 'bytes'>) => boolean,
): ReadEntry[] | undefined {
  if (!(record instanceof Uint8Array) || record.length < HEAD_BYTES || record[0] !== FORMAT) return undefined;
  const length = readWord(record, 5);
  const directory = record.subarray(HEAD_BYTES, HEAD_BYTES + length);
  if (directory.length !== length || crc32(directory) !== readWord(record, 1)) return undefined;
  const cursor = { bytes: directory, at: 0 };
  const start = readVarint(cursor);
  const found: ReadEntry[] = [];
  let place = HEAD_BYTES + length;
  while (cursor.at < directory.length) {
    const slot = readVarint(cursor);
    const from = start + readVarint(cursor);
    const to = from + readVarint(cursor);
    const size = readVarint(cursor);
    const sum = readWord(directory, cursor.at);
    cursor.at += 4;
    const entry = { slot, from, to };
    if (isWanted(entry)) {
      const bytes = record.subarray(place, place + size);
      const isWhole = bytes.length === size && crc32(bytes) === sum;
      found.push({ ...entry, bytes: isWhole ? bytes : undefined });
    }
    place += size;
  }
  return found;
}

/** Seven bits a byte, lowest first; @returns the place after it. */
function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  let [place, rest] = [at, value];
  while (rest >= 0x80) {
    bytes[place] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
    place += 1;
  }
  bytes[place] = rest;
  return place + 1;
}

function readVarint(cursor: { bytes: Uint8Array; at: number }): number {
  let [value, factor] = [0, 1];
  for (;;) {
    const byte = cursor.bytes[cursor.at] ?? 0;
    cursor.at += 1;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return value;
    factor *= 0x80;
  }
}

function writeWord(bytes: Uint8Array, at: number, value: number): number {
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(at, value);
  return at + 4;
}

function readWord(bytes: Uint8Array, at: number): number {
  return at + 4 > bytes.length ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(at);
}
