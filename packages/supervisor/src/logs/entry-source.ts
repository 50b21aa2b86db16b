import type { Clock, LogEntry, LogLevel } from '@dreamnet/contracts';
import type { HidesOutput } from '../supervisor-options.js';
import { hiddenText } from './hidden-text.js';
import { isContinuation, readLine } from './line-reading.js';
import { type CutLine, LineCutter, LONGEST_LINE_BYTES } from './line-splitter.js';
import type { LogStream } from './log-files.js';
import type { StreamLog } from './stream-log.js';
import type { TimeMark } from './time-marks.js';

/** Read at once: of hundreds of logs read side by side each holds one piece. */
const PIECE_BYTES = 32 * 1024;

/** A line's own time is believed when it is at most this long before, or this little after, the line was seen. */
const OLDEST_OWN_TIME_MS = 24 * 3_600_000;
const CLOCK_SLACK_MS = 2000;

const TOO_LONG = ' [the rest of this line is too long to be shown]';

export interface EntrySourceOptions {
  readonly agent: string;
  readonly stream: LogStream;
  readonly log: StreamLog;
  readonly redact: (text: string) => string;
  readonly hides: HidesOutput;
  readonly clock: Clock;
}

/** Where reading begins. */
export interface StartPlace {
  readonly place: number;
  /** The bytes up to the next newline are the end of a line whose beginning is not there. */
  readonly isMidLine: boolean;
}

/** The lines of one stream from a place on, read when asked for. */
export class EntrySource {
  readonly log: StreamLog;
  readonly #options: EntrySourceOptions;
  readonly #marks: readonly TimeMark[];
  #mark = 0;
  #place: number;
  #cutter: LineCutter;
  #before: { level: LogLevel | null; at: number } | undefined;

  constructor(options: EntrySourceOptions, start: StartPlace, marks: readonly TimeMark[]) {
    this.#options = options;
    this.log = options.log;
    this.#marks = marks;
    this.#place = start.place;
    this.#cutter = new LineCutter(start.isMidLine);
  }

  /** The whole lines up to a place; what is left of one that has no end yet stays for the next call. */
  async *upTo(end: number): AsyncGenerator<LogEntry, void, undefined> {
    let until = end;
    while (this.#place < until) {
      const entries = await this.next(until - this.#place);
      if (!entries) return;
      yield* entries;
      // Everything up to there was cut away meanwhile: what has come instead is given out, once.
      if (this.#place > end && until === end) until = this.log.end;
    }
  }

  /** What is there of a line that has no end yet. */
  rest(): LogEntry | undefined {
    const line = this.#cutter.rest(this.#place);
    return line && this.#entryOf(line);
  }

  /** The lines of the next piece; undefined when nothing more is there. */
  async next(limitBytes = PIECE_BYTES): Promise<LogEntry[] | undefined> {
    const { bytes, from } = await this.log.read(this.#place, Math.min(limitBytes, PIECE_BYTES));
    const entries = from === this.#place ? [] : this.#jump(from);
    if (bytes.length === 0) return entries.length > 0 ? entries : undefined;
    this.#place = from + bytes.length;
    for (const line of this.#cutter.push(bytes, from)) {
      const entry = this.#entryOf(line);
      if (entry) entries.push(entry);
    }
    return entries;
  }

  /** Forward: the log was cut faster than it was read. Back: somebody emptied the file. */
  #jump(to: number): LogEntry[] {
    const missed = to - this.#place;
    this.#place = to;
    this.#cutter = new LineCutter(missed > 0);
    if (missed <= 0) return [];
    const { agent, stream, clock } = this.#options;
    const line = `[${missed} bytes were gone before they could be read]`;
    return [{ agent, stream, at: clock.now(), level: null, line }];
  }

  #entryOf({ bytes, end, isTooLong }: CutLine): LogEntry | undefined {
    const { agent, stream, redact, hides } = this.#options;
    const whole = redact(bytes.toString('utf8').replace(/\r$/, ''));
    if (whole === '') return undefined;
    const why = hides(agent, { isUnseen: false });
    if (why !== undefined)
      return { agent, stream, at: this.#seenAt(end), level: null, line: hiddenText(why) };
    const isCut = isTooLong || bytes.length > LONGEST_LINE_BYTES;
    const line = isCut ? whole.slice(0, LONGEST_LINE_BYTES) + TOO_LONG : whole;
    const { level, at, message } = readLine(line);
    const before = isContinuation(line) ? this.#before : undefined;
    const seenAt = this.#seenAt(end);
    // A line without a time is not before the one it follows: file times are some milliseconds coarse.
    const notBefore = Math.max(seenAt, this.#before?.at ?? seenAt);
    const said = {
      level: level ?? before?.level ?? null,
      at: (at !== undefined && isBelievable(at, seenAt) ? at : before?.at) ?? notBefore,
    };
    this.#before = said;
    return { agent, stream, ...said, ...(message !== undefined && { message }), line };
  }

  /** The first mark at or after a place; what was written after the last one is written now. */
  #seenAt(place: number): number {
    for (; ; this.#mark += 1) {
      const mark = this.#marks[this.#mark];
      if (!mark) return this.#options.clock.now();
      if (mark.endByte >= place) return mark.at;
    }
  }
}

function isBelievable(at: number, seenAt: number): boolean {
  return at >= seenAt - OLDEST_OWN_TIME_MS && at <= seenAt + CLOCK_SLACK_MS;
}
