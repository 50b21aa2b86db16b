import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { lastLines } from './log-files.js';

/** Read from the end in pieces of this size until there are lines enough. */
const PIECE_BYTES = 64 * 1024;

/**
 * The last lines of a log file, an incomplete one at its end included.
 *
 * @returns Oldest first; empty when there is no such file or nothing in it.
 */
export async function readLastLines(path: string, limit: number): Promise<string[]> {
  const { text, isCut } = await readTail(path, limit);
  return limit === 0 ? [] : lastLines(text.toString('utf8'), limit, isCut);
}

/**
 * The last complete lines among the first bytes of a file, and the byte after them.
 *
 * @param size How much of the file to look at.
 */
export async function readLastWholeLines(
  path: string,
  limit: number,
  size: number,
): Promise<{ lines: string[]; endByte: number }> {
  const { text, isCut } = await readTail(path, limit, size);
  const end = text.lastIndexOf(10) + 1;
  const lines = limit === 0 ? [] : lastLines(text.toString('utf8', 0, end), limit, isCut);
  return { lines, endByte: size - text.length + end };
}

async function readTail(
  path: string,
  limit: number,
  wholeSize?: number,
): Promise<{ text: Buffer; isCut: boolean }> {
  const file = await openIfThere(path);
  if (!file) return { text: Buffer.alloc(0), isCut: false };
  try {
    const size = wholeSize ?? (await file.stat()).size;
    let text = Buffer.alloc(0);
    let start = size;
    while (start > 0 && countLines(text) <= limit) {
      const from = Math.max(0, start - PIECE_BYTES);
      const piece = Buffer.alloc(start - from);
      const { bytesRead } = await file.read(piece, 0, piece.length, from);
      text = Buffer.concat([piece.subarray(0, bytesRead), text]);
      start = from;
    }
    return { text, isCut: start > 0 };
  } finally {
    await file.close();
  }
}

/** Opens for reading; undefined when the file is not there. */
export async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function countLines(text: Buffer): number {
  let count = 0;
  for (const byte of text) if (byte === 10) count += 1;
  return count;
}
