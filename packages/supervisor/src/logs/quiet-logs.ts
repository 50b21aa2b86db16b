import { statfsSync } from 'node:fs';

/** A log that did not grow is passed over at so many looks; its first line afterwards is dated by the file's own time. */
const LOOKS_PASSED_OVER = 3;
/** Less than what a log may grow to by default: whoever writes gigabytes a second is met at the next look. */
const MUCH_BYTES = 8 * 1024 * 1024;

interface Seen {
  readonly size: number;
  /** Looks at which it is passed over still. */
  left: number;
}

/**
 * Which logs need not be looked at now: those of most agents do not grow for hours, and looking at 400 files each second was
 * most of what an idle daemon did. That none of them grew a lot meanwhile is told by the room on the disk, with one call.
 */
export class QuietLogs {
  readonly #folder: string;
  readonly #freeBytes: (folder: string) => number;
  #seen = new Map<string, Seen>();
  #freeBefore = Number.NaN;

  /** @param freeBytes Room on the disk of a folder, NaN when nobody can tell; default: the file system's word. */
  constructor(folder: string, freeBytes = readFreeBytes) {
    this.#folder = folder;
    this.#freeBytes = freeBytes;
  }

  /** Did the disk lose so much room since all were looked at that one of them may have grown a lot? */
  hasDiskFilled(): boolean {
    return !(this.#freeBefore - this.#freeBytes(this.#folder) < MUCH_BYTES);
  }

  /** Call before a look at all of them: what is written meanwhile counts for the next. */
  beginAll(paths: readonly string[]): void {
    this.#freeBefore = this.#freeBytes(this.#folder);
    const kept = new Set(paths);
    for (const path of this.#seen.keys()) if (!kept.has(path)) this.#seen.delete(path);
  }

  /** Is it passed over at this look? Asked once a look. */
  isPassedOver(path: string): boolean {
    const seen = this.#seen.get(path);
    if (!seen || seen.left === 0) return false;
    seen.left -= 1;
    return true;
  }

  /** Was it as long at the last look? */
  isAsLong(path: string, size: number): boolean {
    return this.#seen.get(path)?.size === size;
  }

  /** It was looked at, and this is how long it is. */
  note(path: string, size: number): void {
    const isQuiet = this.#seen.get(path)?.size === size;
    this.#seen.set(path, { size, left: isQuiet ? LOOKS_PASSED_OVER : 0 });
  }
}

function readFreeBytes(folder: string): number {
  try {
    const { bfree, bsize } = statfsSync(folder);
    return bfree * bsize;
  } catch {
    // Nobody has logged yet, or this file system cannot tell: then every log is looked at every time.
    return Number.NaN;
  }
}
