import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { lastLines } from './log-files.js';
import { oldLogPath } from './rotate-log.js';

/** Read from the end in pieces of this size until there are lines enough. */
const PIECE_BYTES = 64 * 1024;

/** However many lines are asked for, no more than this is read into memory: a line may be as long as the log. */
const MOST_BYTES = 16 * 1024 * 1024;

/** The order of rotation is read from the names: as soon as one is missing there are no older ones. */
const MOST_OLD_LOGS = 100;

/**
 * The last lines of a log, an incomplete one at its end included; what was rotated away counts as before it.
 *
 * @returns Oldest first; empty when there is no such file or nothing in it.
 */
export async function readLastLines(path: string, limit: number): Promise<string[]> {
  if (limit === 0) return [];
  const parts: string[][] = [];
  let found = 0;
  let leftBytes = MOST_BYTES;
  for (let number = 0; number <= MOST_OLD_LOGS && found < limit && leftBytes > 0; number += 1) {
    const tail = await readTail(number === 0 ? path : oldLogPath(path, number), {
      limit: limit - found,
      mostBytes: leftBytes,
    });
    if (!tail.isThere && number > 0) break;
    const lines = lastLines(tail.text.toString('utf8'), limit - found, tail.isCut);
    parts.unshift(lines);
    found += lines.length;
    leftBytes -= tail.text.length;
  }
  return parts.flat();
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
  const { text, isCut } = await readTail(path, { limit, mostBytes: MOST_BYTES, wholeSize: size });
  const end = text.lastIndexOf(10) + 1;
  const lines = limit === 0 ? [] : lastLines(text.toString('utf8', 0, end), limit, isCut);
  return { lines, endByte: size - text.length + end };
}

interface Tail {
  text: Buffer;
  isCut: boolean;
  isThere: boolean;
}

async function readTail(
  path: string,
  { limit, mostBytes, wholeSize }: { limit: number; mostBytes: number; wholeSize?: number },
): Promise<Tail> {
  const file = await openIfThere(path);
  if (!file) return { text: Buffer.alloc(0), isCut: false, isThere: false };
  try {
    const size = wholeSize ?? (await file.stat()).size;
    const pieces: Buffer[] = [];
    let lines = 0;
    let start = size;
    while (start > 0 && lines <= limit && size - start < mostBytes) {
      const from = Math.max(0, start - PIECE_BYTES);
      const piece = Buffer.alloc(start - from);
      const { bytesRead } = await file.read(piece, 0, piece.length, from);
      const read = piece.subarray(0, bytesRead);
      pieces.unshift(read);
      lines += countLines(read);
      start = from;
    }
    return { text: Buffer.concat(pieces), isCut: start > 0, isThere: true };
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

function countLines(piece: Buffer): number {
  let count = 0;
  for (let at = piece.indexOf(10); at !== -1; at = piece.indexOf(10, at + 1)) count += 1;
  return count;
}
