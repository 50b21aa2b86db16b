import type { StoreWrite, TimerHandle } from '@dreamnet/contracts';
import { DreamnetError, scanAll } from '@dreamnet/kit';
import type { RoomOptions } from '../boundary.js';

/**
 * After a start nobody is missed before this time: whoever reported while nobody listened gets to report again. Who may
 * be silent for less than this is waited for from the start on, and nothing is kept of it.
 */
export const LEAST_LISTENING_MS = 300_000;

/** What somebody is silent of: a rule's subject, or without a rule the heartbeats of a subsystem. */
export interface HeardSubject {
  readonly subsystem: string;
  readonly rule?: string | undefined;
  readonly metric?: string | undefined;
}

/** One silence as it is now, ms. */
export interface Silence {
  readonly key: string;
  readonly subject: HeardSubject;
  readonly silentMs: number;
  /** After so long it is missed. */
  readonly limitMs: number;
}

/**
 * When something was last heard, through restarts. It is counted in listening time, which goes on only while a program
 * runs: time for which nobody listened is nobody's silence, and whoever sets the wall clock changes none.
 */
export interface HeardBook {
  /** Reads what earlier lives left. Without a store there is nothing. @throws the store's error */
  load(): Promise<void>;
  /** Asked each minute, and at the end, for every silence that is to be kept. */
  addSource(source: () => Iterable<Silence>): void;
  /** How long it had been silent when an earlier life ended, and since our start; ms. Undefined when not known. */
  silentMs(key: string): number | undefined;
  /** The same for the last time: from now on whoever asked knows it, or it has been heard. */
  take(key: string): number | undefined;
  /** Of the subsystem, what an earlier life was still waiting for and nobody has taken up. */
  leftOf(subsystem: string): readonly HeardSubject[];
  /** It is not watched any more. */
  forget(subsystem: string): void;
  start(): void;
  /** Writes the silences as they are now. */
  stop(): Promise<void>;
}

interface Kept {
  readonly subject: HeardSubject;
  /** Listening time at which it was last heard, ms. */
  readonly heardMs: number;
}

const COLLECTION = 'heard';
/** The record with the listening time itself; the others' keys are of the form KIND/NAME. */
const TIME_KEY = 'time';
const EVERY_MS = 60_000;
/** What is heard all the time is written again when so much of its limit has passed: that much a crash may add to a silence. */
const SHARE_OF_LIMIT = 1 / 10;
/** In one write. */
const MOST_AT_ONCE = 5000;
/** What nobody has taken up by then belongs to nobody any more. */
const LEFT_FOR_MS = 3_600_000;

type HeardBookOptions = Pick<RoomOptions, 'clock' | 'store' | 'publish'>;

/** Nothing is read before `load`, and nothing is written before it has succeeded. */
export function createHeardBook(options: HeardBookOptions): HeardBook {
  return new StoredHeard(options);
}

class StoredHeard implements HeardBook {
  private readonly sources: (() => Iterable<Silence>)[] = [];
  private readonly stored = new Map<string, number>();
  private readonly left = new Map<string, Kept>();
  /** Keys of `left` by subsystem, some of which may be taken: each subsystem of a fleet asks once. */
  private readonly keysOf = new Map<string, string[]>();
  /** Listening time less monotonic time; undefined until it is loaded. */
  private offsetMs: number | undefined;
  private loadedMs = 0;
  private timer: TimerHandle | undefined;
  private writing: Promise<void> = Promise.resolve();
  private isFailing = false;

  constructor(private readonly options: HeardBookOptions) {}

  addSource(source: () => Iterable<Silence>): void {
    this.sources.push(source);
  }

  async load(): Promise<void> {
    const { clock, store } = this.options;
    if (store === undefined) return;
    const found = new Map<string, unknown>();
    for await (const { key, value } of scanAll(store, COLLECTION)) found.set(key, value);
    const timeMs = readTime(found.get(TIME_KEY));
    found.delete(TIME_KEY);
    this.loadedMs = clock.monotonic();
    this.offsetMs = timeMs - this.loadedMs;
    this.stored.clear();
    this.left.clear();
    this.keysOf.clear();
    for (const [key, value] of found) {
      const kept = readKept(value, timeMs);
      // One that cannot be read is written over or let go of: it counts anew.
      this.stored.set(key, kept?.heardMs ?? Number.NEGATIVE_INFINITY);
      if (kept === undefined) continue;
      this.left.set(key, kept);
      const { subsystem } = kept.subject;
      this.keysOf.set(subsystem, [...(this.keysOf.get(subsystem) ?? []), key]);
    }
  }

  silentMs(key: string): number | undefined {
    const kept = this.left.get(key);
    if (kept === undefined || this.offsetMs === undefined) return undefined;
    return this.offsetMs + this.options.clock.monotonic() - kept.heardMs;
  }

  take(key: string): number | undefined {
    const silentMs = this.silentMs(key);
    this.left.delete(key);
    return silentMs;
  }

  leftOf(subsystem: string): readonly HeardSubject[] {
    return (this.keysOf.get(subsystem) ?? []).flatMap((key) => this.left.get(key)?.subject ?? []);
  }

  forget(subsystem: string): void {
    for (const key of this.keysOf.get(subsystem) ?? []) this.left.delete(key);
  }

  start(): void {
    const { clock, store } = this.options;
    const arm = (): void => {
      this.timer = clock.setTimeout(() => {
        void this.write(false);
        arm();
      }, EVERY_MS);
    };
    if (this.timer === undefined && store !== undefined) arm();
  }

  async stop(): Promise<void> {
    if (this.timer !== undefined) this.options.clock.clearTimeout(this.timer);
    this.timer = undefined;
    await this.write(true);
  }

  /** One write at a time; what failed is tried again with the next. */
  private write(isEnd: boolean): Promise<void> {
    this.writing = this.writing.then(async () => {
      try {
        await this.writeNow(isEnd);
        this.isFailing = false;
      } catch (thrown) {
        const { message } = DreamnetError.from(thrown);
        const operation = 'keep when was heard of whom';
        if (!this.isFailing) this.options.publish('store.failed', COLLECTION, { operation, error: message });
        this.isFailing = true;
      }
    });
    return this.writing;
  }

  private async writeNow(isEnd: boolean): Promise<void> {
    const { clock, store } = this.options;
    if (store === undefined || this.offsetMs === undefined) return;
    const nowMs = clock.monotonic();
    if (nowMs - this.loadedMs > LEFT_FOR_MS) this.left.clear();
    const { sources, stored, left } = this;
    const { writes, time } = dueOf({ sources, stored, left, isEnd, nowMs: this.offsetMs + nowMs });
    for (let from = 0; from < writes.length; from += MOST_AT_ONCE) {
      const some = writes.slice(from, from + MOST_AT_ONCE);
      await store.commit([...some, time]);
      for (const write of some) noteWritten(stored, write);
    }
    // Silence alone is no news, but the time goes on.
    if (writes.length === 0 && stored.size > 0) await store.commit([time]);
  }
}

interface Now {
  sources: readonly (() => Iterable<Silence>)[];
  stored: ReadonlyMap<string, number>;
  left: ReadonlyMap<string, Kept>;
  isEnd: boolean;
  /** Listening time. */
  nowMs: number;
}

/** What differs from the store by enough to be written, and what the store need not hold any more. */
function dueOf({ sources, stored, left, isEnd, nowMs }: Now): { writes: StoreWrite[]; time: StoreWrite } {
  const writes: StoreWrite[] = [];
  const isThere = new Set<string>();
  for (const source of sources)
    for (const { key, subject, silentMs, limitMs } of source()) {
      isThere.add(key);
      const heardMs = nowMs - silentMs;
      const newerMs = heardMs - (stored.get(key) ?? Number.NEGATIVE_INFINITY);
      const isDue = newerMs >= (isEnd ? 1 : limitMs * SHARE_OF_LIMIT);
      if (isDue && (isEnd || writes.length < MOST_AT_ONCE))
        writes.push({ op: 'put', collection: COLLECTION, key, value: { ...subject, heardMs } });
    }
  for (const key of stored.keys())
    if (!isThere.has(key) && !left.has(key)) writes.push({ op: 'delete', collection: COLLECTION, key });
  return { writes, time: { op: 'put', collection: COLLECTION, key: TIME_KEY, value: nowMs } };
}

function noteWritten(stored: Map<string, number>, write: StoreWrite): void {
  if (write.op === 'put') stored.set(write.key, (write.value as Kept).heardMs);
  else if (write.op === 'delete') stored.delete(write.key);
}

function readTime(value: unknown): number {
  return typeof value === 'number' && value >= 0 && Number.isFinite(value) ? value : 0;
}

/** @returns undefined when it is not of this form. What was heard later than the time that is kept was heard just then. */
function readKept(value: unknown, timeMs: number): Kept | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { subsystem, rule, metric, heardMs } = value as Partial<Record<string, unknown>>;
  if (typeof subsystem !== 'string' || typeof heardMs !== 'number' || !Number.isFinite(heardMs))
    return undefined;
  const subject = {
    subsystem,
    ...(typeof rule === 'string' ? { rule } : {}),
    ...(typeof metric === 'string' ? { metric } : {}),
  };
  return { subject, heardMs: Math.min(heardMs, timeMs) };
}
