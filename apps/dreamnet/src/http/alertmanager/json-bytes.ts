import { createInstantDigits, INSTANT_LENGTH } from './instants.js';

/** Large enough that chunks cost little, small enough that other requests get their turn in between. */
const CHUNK_BYTES = 128 * 1024;
const FIRST_BYTES = 4096;
/** What an ordinary alert may take beyond a full chunk. */
const SLACK_BYTES = 32 * 1024;
/** Of one character of a text: `\u0001`. */
const MOST_BYTES = 6;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const DELETE = 0x7f;

const instants = createInstantDigits();

/**
 * JSON made of pieces, as bytes in two buffers that are used in turns, again and again. Put together as texts, each piece would be an
 * object of its own, and all of them would be gone through once more to become bytes: that took several times as long.
 */
export class JsonBytes {
  private bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  /** What was taken last is in there. */
  private taken = Buffer.alloc(0);
  private at = 0;

  /** Is there enough for a chunk? */
  get isFull(): boolean {
    return this.at >= CHUNK_BYTES;
  }

  /** What was written since the last chunk. It is good until the chunk after the next is begun. */
  take(): Buffer {
    const { bytes, taken } = this;
    const chunk = bytes.subarray(0, this.at);
    this.bytes = taken.length < bytes.length ? Buffer.allocUnsafeSlow(bytes.length) : taken;
    this.taken = bytes;
    this.at = 0;
    return chunk;
  }

  /** A piece as it is. */
  piece(piece: Uint8Array): void {
    this.makeRoom(piece.length);
    this.bytes.set(piece, this.at);
    this.at += piece.length;
  }

  /** A character of ASCII. */
  byte(code: number): void {
    this.makeRoom(1);
    this.bytes[this.at] = code;
    this.at += 1;
  }

  /** A text as it stands between quotes, without them. */
  text(text: string): void {
    this.makeRoom(text.length * MOST_BYTES);
    const { bytes, at } = this;
    for (let offset = 0; offset < text.length; offset += 1) {
      const code = text.charCodeAt(offset);
      if (code < SPACE || code === QUOTE || code === BACKSLASH || code > DELETE) {
        this.at = at + bytes.write(JSON.stringify(text).slice(1, -1), at);
        return;
      }
      bytes[at + offset] = code;
    }
    this.at = at + text.length;
  }

  /** An instant without quotes. @param ms Epoch ms. */
  instant(ms: number): void {
    const place = instants.placeOf(ms);
    if (place < 0) {
      this.text(new Date(ms).toISOString());
      return;
    }
    this.makeRoom(INSTANT_LENGTH);
    const { bytes, at } = this;
    const { digits } = instants;
    for (let offset = 0; offset < INSTANT_LENGTH; offset += 1)
      bytes[at + offset] = digits[place + offset] ?? 0;
    this.at = at + INSTANT_LENGTH;
  }

  private makeRoom(length: number): void {
    const needed = this.at + length;
    if (needed <= this.bytes.length) return;
    const enough = this.bytes.length === FIRST_BYTES ? CHUNK_BYTES + SLACK_BYTES : this.bytes.length * 2;
    const larger = Buffer.allocUnsafeSlow(Math.max(enough, needed));
    larger.set(this.bytes.subarray(0, this.at));
    this.bytes = larger;
  }
}
