import type { FSWatcher } from 'node:fs';
import { statSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { openIfThere, readLastWholeLines } from './read-log.js';

const PIECE_BYTES = 64 * 1024;
/** A megabyte: whoever reads slower than the process writes must not fill our memory. */
const PIECES_AT_ONCE = 16;

/** A line longer than this is given out in parts, so that a writer without line ends cannot fill the memory. */
const LONGEST_LINE = 256 * 1024;

/**
 * Lines as they are written to a file; a file that is cut (rotation) or comes later is followed too.
 *
 * @param before How many of the last lines already there come first.
 * @param signal Ends the iteration, without an error.
 */
export async function* followLines(
  path: string,
  before: number,
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  const reader = new GrowingFile(path);
  const changes = watchFile(path, signal);
  try {
    for (const line of await reader.skipToEnd(before)) yield line;
    while (!signal.aborted) {
      const { lines, isAll } = await reader.readNewLines();
      for (const line of lines) {
        yield line;
        if (signal.aborted) return;
      }
      if (isAll) await changes.next();
    }
  } finally {
    changes.close();
  }
}

/** Remembers how far a file was read and what of the last line is not complete yet. */
class GrowingFile {
  readonly #path: string;
  #position = 0;
  #rest = '';
  #decoder = new StringDecoder('utf8');

  constructor(path: string) {
    this.#path = path;
  }

  /** Goes to the end of the last whole line; what was cut off of a line in writing comes with its rest. */
  async skipToEnd(before: number): Promise<string[]> {
    // Synchronously, so that whatever is written after the caller asked is new.
    const size = statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
    const { lines, endByte } = await readLastWholeLines(this.#path, before, size);
    this.#position = endByte;
    return lines;
  }

  /** As much as is taken at once; `isAll` when nothing was left. */
  async readNewLines(): Promise<{ lines: string[]; isAll: boolean }> {
    const file = await openIfThere(this.#path);
    if (!file) return { lines: [], isAll: true };
    try {
      const { size } = await file.stat();
      if (size < this.#position) this.#startOver();
      const piece = Buffer.alloc(PIECE_BYTES);
      const lines: string[] = [];
      for (let count = 0; count < PIECES_AT_ONCE; count += 1) {
        const { bytesRead } = await file.read(piece, 0, piece.length, this.#position);
        if (bytesRead === 0) return { lines, isAll: true };
        this.#position += bytesRead;
        lines.push(...this.#split(this.#decoder.write(piece.subarray(0, bytesRead))));
      }
      return { lines, isAll: false };
    } finally {
      await file.close();
    }
  }

  #startOver(): void {
    this.#position = 0;
    this.#rest = '';
    this.#decoder = new StringDecoder('utf8');
  }

  #split(text: string): string[] {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length <= LONGEST_LINE) return lines;
    lines.push(this.#rest);
    this.#rest = '';
    return lines;
  }
}

/** Changes of a file as one promise at a time; a change between two calls is not lost. */
function watchFile(path: string, signal: AbortSignal): { next(): Promise<void>; close(): void } {
  let hasChanged = false;
  let wake: (() => void) | undefined;
  const notice = () => {
    hasChanged = true;
    wake?.();
  };
  // The directory is watched, because the file may not be there yet.
  const watcher: FSWatcher = watch(dirname(path), (_, name) => {
    if (name === null || name === basename(path)) notice();
  });
  signal.addEventListener('abort', notice, { once: true });
  return {
    next: async () => {
      if (!hasChanged && !signal.aborted)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      hasChanged = false;
    },
    close: () => {
      watcher.close();
      signal.removeEventListener('abort', notice);
    },
  };
}
