/** A line longer than this is given out shortened, so that a writer without line ends cannot fill the memory. */
export const LONGEST_LINE_BYTES = 256 * 1024;

/**
 * This much more is read of a line that is too long, and thrown away after secrets were masked: one that lies across
 * the place where the line is shortened must not show its beginning.
 */
export const MASKING_MARGIN_BYTES = 16 * 1024;

/** A line, and where it ends. */
export interface CutLine {
  /** Of a line that is too long only the beginning, with the margin. */
  readonly bytes: Buffer;
  /** The place after it, its newline included. */
  readonly end: number;
  readonly isTooLong: boolean;
}

const NEWLINE = 0x0a;
const MOST_BYTES = LONGEST_LINE_BYTES + MASKING_MARGIN_BYTES;

/** Cuts a stream of bytes, given piece by piece, into lines. Holds no more than one line of bounded length. */
export class LineCutter {
  #parts: Buffer[] = [];
  #size = 0;
  #isSkipping = false;

  /** `isSkipping`: the first bytes are the end of a line whose beginning is not wanted. */
  constructor(isSkipping = false) {
    this.#isSkipping = isSkipping;
  }

  /** The lines a piece completes. A line that gets too long is given out at once, its rest is passed over. */
  *push(bytes: Buffer, from: number): Generator<CutLine, void, undefined> {
    let at = 0;
    while (at < bytes.length) {
      const newline = bytes.indexOf(NEWLINE, at);
      const to = newline === -1 ? bytes.length : newline;
      this.#keep(bytes.subarray(at, to));
      if (this.#size >= MOST_BYTES) yield this.#take(from + to, true);
      if (newline !== -1) {
        if (this.#isSkipping) this.#isSkipping = false;
        else yield this.#take(from + newline + 1, false);
      }
      at = to + 1;
    }
  }

  /** What is there of a line that has no end yet; undefined when nothing is. */
  rest(end: number): CutLine | undefined {
    return this.#size === 0 ? undefined : this.#take(end, false);
  }

  #keep(piece: Buffer): void {
    if (this.#isSkipping || piece.length === 0) return;
    const part = piece.subarray(0, MOST_BYTES - this.#size);
    this.#parts.push(part);
    this.#size += part.length;
  }

  #take(end: number, isTooLong: boolean): CutLine {
    const bytes = Buffer.concat(this.#parts, this.#size);
    this.#parts = [];
    this.#size = 0;
    this.#isSkipping = isTooLong;
    return { bytes, end, isTooLong };
  }
}
