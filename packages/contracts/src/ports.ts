import type { ErrorBody } from './errors.js';
import type { DreamnetEvent } from './events.js';

/** What `setTimeout` gave; only good for `clearTimeout` of the same clock. */
export type TimerHandle = object;

/** Time as every component is given it. `now` is epoch ms and may jump; `monotonic` is ms and never does. */
export interface Clock {
  now(): number;
  monotonic(): number;
  /** Does not keep the process alive by itself. */
  setTimeout(callback: () => void, delayMs: number): TimerHandle;
  clearTimeout(handle: TimerHandle): void;
}

/** One record of a collection. `value` is JSON, or a `Uint8Array` where bytes were put; undefined in a scan of keys. */
export interface StoredRecord {
  key: string;
  value: unknown;
}

/** One entry of a journal, in the order of `sequence` (from 1, without holes). */
export interface JournalEntry {
  sequence: number;
  at: number;
  value: unknown;
}

export type StoreWrite =
  | { op: 'put'; collection: string; key: string; value: unknown }
  | { op: 'delete'; collection: string; key: string }
  | { op: 'append'; journal: string; at: number; value: unknown };

export interface ScanOptions {
  /** Keys that begin with this. */
  prefix?: string;
  /** Default 1000, largest 10000. */
  limit?: number;
  /** Keys greater than this one: page on with the last key seen. */
  after?: string;
  /** Only the keys: `value` is undefined, and what the values weigh does not matter. Default false. */
  isKeysOnly?: boolean;
}

export interface JournalRange {
  /** Entries after this sequence. Default 0. */
  after?: number;
  /** Newest first when true. */
  isReversed?: boolean;
  limit?: number;
}

/**
 * Where state is kept: collections of records and append-only journals.
 * `commit` is all or nothing and resolves only when the writes are on disk. The value of a record is JSON or, as a
 * whole, a `Uint8Array`, which is kept byte for byte; a journal takes JSON only. A commit that is refused for good because of
 * some of its writes names them in `details.unstorable`: a list of `{ place, because }`, places from 0.
 */
export interface Store {
  commit(writes: readonly StoreWrite[]): Promise<void>;
  read(collection: string, key: string): Promise<unknown>;
  scan(collection: string, options?: ScanOptions): Promise<readonly StoredRecord[]>;
  readJournal(journal: string, range?: JournalRange): Promise<readonly JournalEntry[]>;
  close(): Promise<void>;
  /** Drops journal entries older than `beforeSequence`; drivers that keep everything leave it out. */
  trimJournal?(journal: string, beforeSequence: number): Promise<number>;
}

/** A running subscription. `dropped` counts events lost because the handler was slower than its queue is long. */
export interface Subscription {
  readonly dropped: number;
  unsubscribe(): void;
}

export type EventHandler = (event: DreamnetEvent) => void | Promise<void>;

/** Moves events. Subjects are `type.subject`-like dotted names; patterns take `*` for one token and `>` for the rest. */
export interface EventBus {
  publish(event: DreamnetEvent): void;
  subscribe(pattern: string, handler: EventHandler, options?: { queueLimit?: number }): Subscription;
  close(): Promise<void>;
}

/** One entry of the report log. `position` is that of its end: a checkpoint up to there no longer needs it. */
export interface ReportLogEntry {
  position: number;
  /** Epoch ms of its arrival. */
  at: number;
  bytes: Uint8Array;
}

/** What a replay found. A cut tail is what a crash leaves and no fault; damage is. */
export interface ReportLogReplay {
  entries: number;
  /** Bytes after the last whole entry of the newest segment. */
  tornBytes: number;
  /** Bytes that could not be read for any other reason. */
  damagedBytes: number;
}

/**
 * What was reported and is acknowledged only once it is on disk. Append-only; what arrives while a write is under way
 * shares the next one.
 */
export interface ReportLog {
  /** The end of the newest entry that is on disk; grows for ever. */
  readonly position: number;
  /**
   * Why the newest write that failed did; undefined once there is room again for as much as could not be written
   * together, and for 64 KiB at least.
   */
  readonly failing: ErrorBody | undefined;
  /** Resolves when the bytes are on disk. @throws the driver's error, then nothing of it is kept */
  append(bytes: Uint8Array, at: number): Promise<void>;
  /** Asks the disk for that room and gives it back; resolves whatever it says, and `failing` tells. */
  tryAgain(): Promise<void>;
  /** Every entry that was there when the log was opened, oldest first. */
  replay(each: (entry: ReportLogEntry) => void): Promise<ReportLogReplay>;
  /**
   * What comes from now on is kept apart from what came before, all of which the next checkpoint can drop then. What is
   * just being written may fall on either side.
   *
   * @throws the driver's error, then it is kept together
   */
  turn(): Promise<void>;
  /** Entries up to this position are not needed any more. */
  checkpoint(upTo: number): Promise<void>;
  close(): Promise<void>;
}
