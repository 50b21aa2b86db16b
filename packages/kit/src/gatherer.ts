/** Joins the pieces of a stream of bytes. */
export interface Gatherer {
  /** Bytes gathered. */
  readonly size: number;
  /** Large pieces are kept as they are, so nobody may write to them any more; small ones are copied together. */
  add(piece: Buffer): void;
  /** All of it in one; nothing is gathered afterwards. */
  take(): Buffer;
}

/** A Buffer of its own costs some 200 bytes: from here on that is little beside what is in it. */
const LARGE_BYTES = 4096;
const [SMALLEST_BLOCK_BYTES, LARGEST_BLOCK_BYTES] = [256, 64 * 1024];

/** Gathers bytes in memory proportional to them, however small the pieces are in which they come. */
export function createGatherer(): Gatherer {
  return new Blocks();
}

class Blocks implements Gatherer {
  #whole: Buffer[] = [];
  /** Room for small pieces, and the part of it that is in use. */
  #block = Buffer.alloc(0);
  #used = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(piece: Buffer): void {
    if (piece.length === 0) return;
    if (piece.length >= LARGE_BYTES) {
      this.#seal();
      this.#whole.push(piece);
    } else this.#copy(piece);
    this.#size += piece.length;
  }

  take(): Buffer {
    this.#seal();
    const [whole, size] = [this.#whole, this.#size];
    this.#whole = [];
    this.#size = 0;
    const [only] = whole;
    return only !== undefined && whole.length === 1 ? only : Buffer.concat(whole, size);
  }

  #copy(piece: Buffer): void {
    const room = this.#block.length - this.#used;
    const taken = piece.copy(this.#block, this.#used, 0, room);
    this.#used += taken;
    if (taken === piece.length) return;
    this.#seal();
    // Twice as much each time, so that what is little takes little.
    const bytes = Math.min(Math.max(this.#size, SMALLEST_BLOCK_BYTES), LARGEST_BLOCK_BYTES);
    this.#block = Buffer.allocUnsafe(Math.max(bytes, piece.length - taken));
    this.#used = piece.copy(this.#block, 0, taken);
  }

  /** What is left of a block is used for what comes later. */
  #seal(): void {
    if (this.#used === 0) return;
    this.#whole.push(this.#block.subarray(0, this.#used));
    this.#block = this.#block.subarray(this.#used);
    this.#used = 0;
  }
}
