/** Numbers of one subsystem: two cache lines, of which a report touches the first. */
const ROW = 16;
/** Inter-arrival times kept per sender: enough for a steady estimate, small enough for a hundred thousand senders. */
export const WINDOW = 24;
const ROWS_PER_BLOCK = 512;

interface Block {
  readonly numbers: Float64Array;
  /** Made when the first sender of the block is heard twice. */
  intervalsMs: Float32Array | undefined;
}

/** Rows for as many subsystems as there are; a row given back is used again. */
export interface RowPool {
  take(): { block: Block; first: number };
  giveBack(block: Block, first: number): void;
}

/** An empty pool. A subsystem costs 128 bytes of it, and 96 more once it sends heartbeats. */
export function createRowPool(): RowPool {
  const free: { block: Block; first: number }[] = [];
  let block = createBlock();
  let used = 0;
  return {
    take: () => {
      const again = free.pop();
      if (again !== undefined) return again;
      if (used === ROWS_PER_BLOCK) {
        block = createBlock();
        used = 0;
      }
      used += 1;
      return { block, first: (used - 1) * ROW };
    },
    giveBack: (givenBlock, first) => void free.push({ block: givenBlock, first }),
  };
}

function createBlock(): Block {
  return { numbers: new Float64Array(ROWS_PER_BLOCK * ROW), intervalsMs: undefined };
}

/** Where rows that were given back are still read and written, by whoever has not noticed yet. */
const NOWHERE = createBlock();

/**
 * The numbers of a subsystem's record, packed beside those of others: as properties each would be an object of its own,
 * and a report would wait for memory a dozen times. What is not known is NaN.
 */
export class PackedRow {
  #block: Block;
  #first: number;
  /** Inter-arrival times taken so far; the last 32 are kept. */
  arrivalCount = 0;

  constructor(pool: RowPool) {
    const { block, first } = pool.take();
    this.#block = block;
    this.#first = first;
    const { numbers } = block;
    numbers.fill(0, first, first + ROW);
    this.lastSeq = Number.NaN;
    this.lastSentAt = Number.NaN;
    this.checkMs = Number.NaN;
    this.updatedAt = Number.NaN;
    this.ttlMs = Number.NaN;
    this.latencyShare = Number.NaN;
  }

  /** The record is not used any more; its row may be another's from now on. */
  leave(pool: RowPool): void {
    if (this.#block === NOWHERE) return;
    pool.giveBack(this.#block, this.#first);
    this.#block = NOWHERE;
    this.#first = 0;
  }

  /** The ring of inter-arrival times; this record's begin at `firstInterval`. */
  get intervalsMs(): Float32Array {
    this.#block.intervalsMs ??= new Float32Array(ROWS_PER_BLOCK * WINDOW);
    return this.#block.intervalsMs;
  }
  get firstInterval(): number {
    return (this.#first / ROW) * WINDOW;
  }

  /** Monotonic ms of the last heartbeat; before the first, of when it was first expected. */
  get lastSeenMs(): number {
    return this.#block.numbers[this.#first + 0] ?? 0;
  }
  set lastSeenMs(value: number) {
    this.#block.numbers[this.#first + 0] = value;
  }

  get lastSeq(): number {
    return this.#block.numbers[this.#first + 1] ?? 0;
  }
  set lastSeq(value: number) {
    this.#block.numbers[this.#first + 1] = value;
  }

  get lastSentAt(): number {
    return this.#block.numbers[this.#first + 2] ?? 0;
  }
  set lastSentAt(value: number) {
    this.#block.numbers[this.#first + 2] = value;
  }

  /** Monotonic ms of the queued look at its silence; other entries for it are void. NaN when none is queued. */
  get checkMs(): number {
    return this.#block.numbers[this.#first + 3] ?? 0;
  }
  set checkMs(value: number) {
    this.#block.numbers[this.#first + 3] = value;
  }

  /** Epoch ms at which an axis was last confirmed. */
  get livenessAt(): number {
    return this.#block.numbers[this.#first + 4] ?? 0;
  }
  set livenessAt(value: number) {
    this.#block.numbers[this.#first + 4] = value;
  }

  get readinessAt(): number {
    return this.#block.numbers[this.#first + 5] ?? 0;
  }
  set readinessAt(value: number) {
    this.#block.numbers[this.#first + 5] = value;
  }

  get progressAt(): number {
    return this.#block.numbers[this.#first + 6] ?? 0;
  }
  set progressAt(value: number) {
    this.#block.numbers[this.#first + 6] = value;
  }

  /** Epoch ms of the newest evidence; NaN before any. */
  get updatedAt(): number {
    return this.#block.numbers[this.#first + 7] ?? 0;
  }
  set updatedAt(value: number) {
    this.#block.numbers[this.#first + 7] = value;
  }

  /** Epoch ms since which an axis is in its state. */
  get livenessSince(): number {
    return this.#block.numbers[this.#first + 8] ?? 0;
  }
  set livenessSince(value: number) {
    this.#block.numbers[this.#first + 8] = value;
  }

  get readinessSince(): number {
    return this.#block.numbers[this.#first + 9] ?? 0;
  }
  set readinessSince(value: number) {
    this.#block.numbers[this.#first + 9] = value;
  }

  get progressSince(): number {
    return this.#block.numbers[this.#first + 10] ?? 0;
  }
  set progressSince(value: number) {
    this.#block.numbers[this.#first + 10] = value;
  }

  /** Monotonic ms of the last liveness signal. */
  get signalledMs(): number {
    return this.#block.numbers[this.#first + 11] ?? 0;
  }
  set signalledMs(value: number) {
    this.#block.numbers[this.#first + 11] = value;
  }

  /** Failures do not count before this (monotonic ms): it may still be booting. 0 when it is not starting. */
  get startingUntilMs(): number {
    return this.#block.numbers[this.#first + 12] ?? 0;
  }
  set startingUntilMs(value: number) {
    this.#block.numbers[this.#first + 12] = value;
  }

  /** The time to live that its last report declared; NaN when that one did not. */
  get ttlMs(): number {
    return this.#block.numbers[this.#first + 13] ?? 0;
  }
  set ttlMs(value: number) {
    this.#block.numbers[this.#first + 13] = value;
  }

  /** Smoothed answer time as a share of the timeout, 0..1; NaN before the first answer. */
  get latencyShare(): number {
    return this.#block.numbers[this.#first + 14] ?? 0;
  }
  set latencyShare(value: number) {
    this.#block.numbers[this.#first + 14] = value;
  }

  /** Monotonic ms of the last heartbeat that counted for the sender's rhythm. */
  get countedMs(): number {
    return this.#block.numbers[this.#first + 15] ?? 0;
  }
  set countedMs(value: number) {
    this.#block.numbers[this.#first + 15] = value;
  }
}
