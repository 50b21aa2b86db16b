/** A whole line as it comes out of a splitter. */
export type SplitLine =
  /** Begins as an object or array may, without the spaces around it. */
  | { kind: 'text'; text: string; bytes: number }
  /** Cannot be one, so nobody decoded it. */
  | { kind: 'other'; begin: string }
  | { kind: 'blank' }
  /** Passed the limit just now; its rest is skipped up to the next newline, so that memory stays bounded. */
  | { kind: 'oversized' };

/** Cuts a byte stream at newlines, one line at a time: who takes them may stop in between. */
export interface LineSplitter {
  push(chunk: Buffer): void;
  /** @returns undefined when what is left has no newline yet. */
  next(): SplitLine | undefined;
  /** Bytes of a line that has no end yet. */
  readonly unfinishedBytes: number;
}

const NEWLINE = 0x0a;
const SPACE = 0x20;
const [BRACE, BRACKET] = [0x7b, 0x5b];
/** A byte order mark or a space beyond ASCII may come before a message: such a line is looked at in full. */
const FIRST_BEYOND_ASCII = 0x80;
/** Who has so many spaces at its begin is looked at in full. */
const SPACES_PASSED = 64;
/** As much of a line as shows what it is. */
const SHOWN_BYTES = 80;

const BLANK: SplitLine = { kind: 'blank' };
const OVERSIZED: SplitLine = { kind: 'oversized' };

/** @param limitBytes Longest line. Bytes are joined before they are decoded, so no character is torn. */
export function createLineSplitter(limitBytes: number): LineSplitter {
  return new Splitter(limitBytes);
}

class Splitter implements LineSplitter {
  readonly #limitBytes: number;
  #chunks: Buffer[] = [];
  /** Where the next line begins in the first chunk. */
  #from = 0;
  /** What earlier chunks had of the line. */
  #parts: Buffer[] = [];
  #size = 0;
  #isSkipping = false;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get unfinishedBytes(): number {
    return this.#size;
  }

  push(chunk: Buffer): void {
    if (chunk.length > 0) this.#chunks.push(chunk);
  }

  next(): SplitLine | undefined {
    for (let chunk = this.#chunks[0]; chunk; chunk = this.#chunks[0]) {
      const from = this.#from;
      const end = chunk.indexOf(NEWLINE, from);
      if (end >= 0) {
        this.#from = end + 1;
        if (this.#from >= chunk.length) this.#shift();
        const line = this.#endLine(chunk, from, end);
        if (line) return line;
      } else {
        this.#shift();
        if (this.#keep(chunk.subarray(from))) return OVERSIZED;
      }
    }
    return undefined;
  }

  #shift(): void {
    this.#chunks.shift();
    this.#from = 0;
  }

  /** @returns undefined for the end of one that was skipped. */
  #endLine(chunk: Buffer, from: number, end: number): SplitLine | undefined {
    if (this.#isSkipping) {
      this.#isSkipping = false;
      this.#size = 0;
      return undefined;
    }
    if (this.#size === 0 && end - from <= this.#limitBytes) return readLine(chunk, from, end);
    if (this.#keep(chunk.subarray(from, end))) {
      this.#isSkipping = false;
      this.#size = 0;
      return OVERSIZED;
    }
    const [parts, size] = [this.#parts, this.#size];
    this.#parts = [];
    this.#size = 0;
    const whole = Buffer.concat(parts, size);
    return readLine(whole, 0, size);
  }

  /** @returns Has the line become too long by this? */
  #keep(piece: Buffer): boolean {
    if (piece.length === 0) return false;
    this.#size += piece.length;
    if (this.#isSkipping) return false;
    if (this.#size <= this.#limitBytes) {
      this.#parts.push(piece);
      return false;
    }
    this.#parts = [];
    this.#isSkipping = true;
    return true;
  }
}

/** The first byte tells of most lines that they are no message: to decode and parse those costs twenty times as much. */
function readLine(bytes: Buffer, from: number, end: number): SplitLine {
  const last = Math.min(end, from + SPACES_PASSED);
  let at = from;
  while (at < last && (bytes[at] ?? 0) <= SPACE) at += 1;
  if (at === end) return BLANK;
  const first = bytes[at] ?? 0;
  if (at < last && first !== BRACE && first !== BRACKET && first < FIRST_BEYOND_ASCII)
    return new Other(bytes, at, end);
  const text = bytes.toString('utf8', at, end).trim();
  return text === '' ? BLANK : { kind: 'text', text, bytes: end - from };
}

/** Decodes its begin only for whoever wants to see it. */
class Other {
  readonly kind = 'other';
  readonly #bytes: Buffer;
  readonly #from: number;
  readonly #end: number;

  constructor(bytes: Buffer, from: number, end: number) {
    this.#bytes = bytes;
    this.#from = from;
    this.#end = end;
  }

  get begin(): string {
    return this.#bytes.toString('utf8', this.#from, Math.min(this.#end, this.#from + SHOWN_BYTES)).trimEnd();
  }
}
