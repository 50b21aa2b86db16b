import type { Readable } from 'node:stream';
import type { Clock } from '@dreamnet/contracts';
import { takeTurn } from '@dreamnet/kit';
import { createLineSplitter, type LineSplitter, type SplitLine } from './line-splitter.js';
import { allowanceOf, type ReadingAllowance } from './reading-allowance.js';

/** What a line was: an answer that was waited for, another message, or none. */
export type LineWas = 'answer' | 'message' | 'noise';

export interface PacedLinesOptions {
  clock: Clock;
  /** Longest line. */
  limitBytes: number;
  /** A line that may be a message, without the spaces around it. @returns what it was. */
  onLine(line: string): LineWas;
  /** A line that cannot be one, by its first character; called often. */
  onOther(): void;
  onOversized(): void;
  /** It has written more than it may and is not read for the moment; told again and again while that lasts. */
  onHeld(): void;
  /** Everything was read and there is no more. @param unfinishedBytes Of a line without an end. */
  onEnd(unfinishedBytes: number): void;
}

/** Reads a program's lines at a pace that leaves the event loop to others. */
export interface PacedLines {
  /** A question was sent. */
  asked(): void;
  /** In words, what came since the last message that is none; empty when nothing did. */
  noise(): string;
  /** Nothing is told any more, and the stream is paused, so that whoever goes on writing waits. Idempotent. */
  stop(): void;
}

/** Between two looks at the time. */
const LINES_BETWEEN_LOOKS = 64;
/** Whatever the clock says, no more in one turn of the event loop. */
const MOST_LINES_A_TURN = 16 * 1024;
/** As long a program that has written too much is left alone at a time. */
const HELD_MS = 50;
/** Bytes that cost as much to read as one line to pass over; a gigabyte in one line fits into an allowance. */
const BYTES_A_UNIT = 16 * 1024;
/** Of a line that is parsed, and the bytes of it that cost one more. */
const PARSED_UNITS = 8;
const PARSED_BYTES_A_UNIT = 64;
/** As much of a line as shows what it is. */
const SHOWN = 80;

/**
 * Begins to read a stream. What is read in one turn of the event loop is bounded in lines and time; meanwhile the stream is paused,
 * so that back pressure reaches the writer.
 */
export function readPacedLines(stream: Readable, options: PacedLinesOptions): PacedLines {
  return new Reader(stream, options);
}

interface Turn {
  readonly isLong: () => boolean;
  /** Read in it so far. */
  lines: number;
}

class Reader implements PacedLines {
  readonly #stream: Readable;
  readonly #options: PacedLinesOptions;
  readonly #splitter: LineSplitter;
  readonly #allowance: ReadingAllowance;
  #isOver = false;
  #hasEnded = false;
  /** Is work put off, and the stream paused for it? */
  #later: { cancel: () => void } | undefined;
  /** Of the present turn of the event loop. */
  #turn: Turn | undefined;
  #others = 0;
  #blanks = 0;
  #sample = '';

  constructor(stream: Readable, options: PacedLinesOptions) {
    this.#stream = stream;
    this.#options = options;
    this.#splitter = createLineSplitter(options.limitBytes);
    this.#allowance = allowanceOf(stream, options.clock);
    stream.on('data', this.#onData);
    stream.once('end', this.#onEnd);
    stream.once('close', this.#onEnd);
    // One that was paused by an earlier reader does not flow by itself.
    stream.resume();
  }

  asked(): void {
    this.#allowance.earn();
  }

  noise(): string {
    const others = this.#others > 0 ? [`${this.#others} lines such as ${JSON.stringify(this.#sample)}`] : [];
    const blanks = this.#blanks > 0 ? [`${this.#blanks} empty lines`] : [];
    return [...others, ...blanks].join(' and ');
  }

  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#later?.cancel();
    this.#stream.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onEnd);
    this.#stream.pause();
  }

  readonly #onData = (chunk: Buffer | string) => {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    this.#splitter.push(bytes);
    this.#allowance.spend(bytes.length / BYTES_A_UNIT);
    // Node lets streams of a program that has ended flow, paused or not.
    if (this.#later) this.#stream.pause();
    else this.#work();
  };

  readonly #onEnd = () => {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    if (!this.#later) this.#work();
  };

  #work(): void {
    const turn = this.#takeTurn();
    let whyNot = this.#whyNotNow(turn);
    while (whyNot === undefined) {
      const line = this.#splitter.next();
      if (line === undefined) {
        this.#goOn();
        return;
      }
      turn.lines += 1;
      this.#take(line, turn);
      whyNot = this.#whyNotNow(turn);
    }
    if (whyNot === 'spent') this.#hold();
    else if (whyNot === 'long') this.#putOff();
  }

  #whyNotNow({ lines, isLong }: Turn): 'over' | 'spent' | 'long' | undefined {
    if (this.#isOver) return 'over';
    // What is left of one that has ended is little.
    if (!this.#hasEnded && this.#allowance.isSpent()) return 'spent';
    const isLookDue = lines % LINES_BETWEEN_LOOKS === 0;
    return lines >= MOST_LINES_A_TURN || (isLookDue && isLong()) ? 'long' : undefined;
  }

  /** One for all chunks of a turn: each would get its least time anew. */
  #takeTurn(): Turn {
    if (this.#turn) return this.#turn;
    const turn = { isLong: takeTurn(this.#options.clock), lines: 0 };
    this.#turn = turn;
    setImmediate(() => {
      this.#turn = undefined;
    });
    return turn;
  }

  #take(line: SplitLine, turn: Turn): void {
    if (line.kind === 'text') {
      // The time is looked at before the next one.
      turn.lines += LINES_BETWEEN_LOOKS - (turn.lines % LINES_BETWEEN_LOOKS);
      this.#takeText(line);
      return;
    }
    this.#allowance.spend(1);
    if (line.kind === 'oversized') this.#options.onOversized();
    else if (line.kind === 'blank') this.#blanks += 1;
    else {
      if (this.#others === 0) this.#sample = line.begin;
      this.#others += 1;
      this.#options.onOther();
    }
  }

  #takeText({ text, bytes }: { text: string; bytes: number }): void {
    const was = this.#options.onLine(text);
    // What was asked for is no burden.
    if (was !== 'answer') this.#allowance.spend(PARSED_UNITS + bytes / PARSED_BYTES_A_UNIT);
    if (was === 'noise') {
      if (this.#others === 0) this.#sample = text.slice(0, SHOWN);
      this.#others += 1;
    } else {
      this.#others = 0;
      this.#blanks = 0;
    }
  }

  #goOn(): void {
    if (this.#hasEnded) {
      const { unfinishedBytes } = this.#splitter;
      this.stop();
      this.#options.onEnd(unfinishedBytes);
    } else if (this.#stream.isPaused()) this.#stream.resume();
  }

  #putOff(): void {
    const handle = setImmediate(() => this.#workAgain());
    this.#wait(() => clearImmediate(handle));
  }

  #hold(): void {
    const { clock, onHeld } = this.#options;
    const handle = clock.setTimeout(() => this.#workAgain(), HELD_MS);
    this.#wait(() => clock.clearTimeout(handle));
    onHeld();
  }

  #wait(cancel: () => void): void {
    this.#later = { cancel };
    this.#stream.pause();
  }

  #workAgain(): void {
    this.#later = undefined;
    this.#work();
  }
}
