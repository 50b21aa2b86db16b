import { crc32 } from 'node:zlib';

/** Length of the bytes (u32), checksum over time and bytes (u32), time (f64); little-endian. */
export const FRAME_HEADER_BYTES = 16;
/** No entry is larger; a length beyond it is damage and no reason to ask for so much memory. */
export const LARGEST_ENTRY_BYTES = 16 * 1024 * 1024;

const TIME_OFFSET = 8;

/** Writes one frame into `target` at `offset`; there must be room for it. @returns where it ends */
export function writeFrame(
  target: Buffer,
  offset: number,
  { bytes, at }: { bytes: Uint8Array; at: number },
): number {
  const end = offset + FRAME_HEADER_BYTES + bytes.length;
  target.writeUInt32LE(bytes.length, offset);
  target.writeDoubleLE(at, offset + TIME_OFFSET);
  target.set(bytes, offset + FRAME_HEADER_BYTES);
  target.writeUInt32LE(crc32(target.subarray(offset + TIME_OFFSET, end)), offset + 4);
  return end;
}

/** The frame at `offset`; undefined when none is there whole and unchanged. `bytes` is a view. */
export function readFrame(
  source: Buffer,
  offset: number,
): { bytes: Uint8Array; at: number; end: number } | undefined {
  const begin = offset + FRAME_HEADER_BYTES;
  if (begin > source.length) return undefined;
  const length = source.readUInt32LE(offset);
  const end = begin + length;
  if (length > LARGEST_ENTRY_BYTES || end > source.length) return undefined;
  if (crc32(source.subarray(offset + TIME_OFFSET, end)) !== source.readUInt32LE(offset + 4)) return undefined;
  return { bytes: source.subarray(begin, end), at: source.readDoubleLE(offset + TIME_OFFSET), end };
}
