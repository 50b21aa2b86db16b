import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** The variable that names the line a spare waits on. */
export const SPARE_VARIABLE = 'DREAMNET_SPARE';

/** Asks whether somebody reads: read, and nothing done. */
const ASKS = '.';
/** Any other byte is the turn; a line's end, so that a shell's `read` takes it. */
const TURN = '\n';

const OWNER_ONLY = 0o700;
/** Another user may pass, and not list. */
const PASSABLE = 0o711;

/**
 * A FIFO on which a spare waits for its turn. The kernel tells whether somebody has opened it, so that nothing need be
 * believed: a program that does not know how to wait does not open it.
 */
export class TurnLine {
  readonly path: string;
  /** The end we write to. Whoever waits opens both, or would see the end of its input with our end. */
  #fd: number | undefined;

  constructor(path: string) {
    this.path = path;
  }

  /** Does a process have it open? */
  hasReader(): boolean {
    const fd = openIfThere(this.path, constants.O_WRONLY | constants.O_NONBLOCK);
    this.release();
    this.#fd = fd;
    return fd !== undefined;
  }

  /** Asks whoever waits whether it still does; the answer is that `unread` finds nothing later. */
  ask(): void {
    this.#write(ASKS);
  }

  /** Gives it the turn; one that has not opened it yet finds it there. @returns false when nobody can be told */
  giveTurn(): boolean {
    // Who opens a FIFO for both is never refused; what was written stays as long as one has it open.
    this.#fd ??= openIfThere(this.path, constants.O_RDWR | constants.O_NONBLOCK);
    return this.#write(TURN);
  }

  /** Takes back what nobody has read. */
  unread(): string {
    const fd = openIfThere(this.path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (fd === undefined) return '';
    try {
      const buffer = Buffer.alloc(64);
      return buffer.toString('latin1', 0, readSync(fd, buffer));
    } catch {
      return ''; // EAGAIN: all of it was read
    } finally {
      closeSync(fd);
    }
  }

  /** Lets go of our end; whoever waits goes on. */
  release(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  remove(): void {
    this.release();
    try {
      unlinkSync(this.path);
    } catch {
      return; // it was never made, or somebody has tidied up
    }
  }

  #write(text: string): boolean {
    if (this.#fd === undefined) return false;
    try {
      return writeSync(this.#fd, text) === text.length;
    } catch {
      return false; // EPIPE: whoever waited is gone; EAGAIN: it has not read 64 KiB
    }
  }
}

/** Where the line of one start is. */
export function turnLinePath(folder: string, id: string, generation: number): string {
  return join(folder, `${id}.${generation}`);
}

/** Makes the folder of a line; another user's must be passable. */
export function makeLineFolder(path: string, isOfAnother: boolean): void {
  mkdirSync(dirname(path), { recursive: true, mode: isOfAnother ? PASSABLE : OWNER_ONLY });
}

/** Is there a line of this name? */
export function hasTurnLine(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFIFO() ?? false;
}

/** @returns undefined: there is none, or for writing nobody who reads (ENXIO). */
function openIfThere(path: string, flags: number): number | undefined {
  if (!hasTurnLine(path)) return undefined;
  try {
    return openSync(path, flags);
  } catch {
    return undefined;
  }
}
