import type { Clock, DreamnetEvent, Store, TimerHandle } from '@dreamnet/contracts';
import {
  backoffDelay,
  commitStorable,
  createBoundedQueue,
  DreamnetError,
  droppedRecord,
} from '@dreamnet/kit';

/** An event with its place in the journal. */
export interface RecordedEvent {
  sequence: number;
  event: DreamnetEvent;
}

export interface EventJournalOptions {
  clock: Clock;
  store: Store;
  /** Events wait at most this long for others to share their commit. Default 20. */
  commitEveryMs?: number;
  /** Oldest entries beyond this many are trimmed. Default 100 000. */
  keepEntries?: number;
  /** Events that may wait while the store fails; the oldest give way and are counted. Default 10 000. */
  pendingLimit?: number;
  /** Told of each failed commit, whose batch is kept and tried again, and of each event that can never be stored. */
  onError?: (error: DreamnetError) => void;
}

/** The journal's name in the store. */
export const EVENT_JOURNAL = 'events';

/** One commit holds at most this many: keeps a single write short after a long failure of the store. */
const BATCH_LIMIT = 500;

/** Trimming reads the newest sequence, so it is done now and then only. */
const TRIM_EVERY_COMMITTED = 1000;

/** As much of a subject as is told, in characters. */
const LONGEST_SUBJECT = 80;

const RETRY = { initialMs: 100, maxMs: 5000 };

/** Writes events to the store in batches, in order, one commit at a time. */
export class EventJournal {
  private readonly waiting;
  private readonly commitListeners = new Set<() => void>();
  private batch: DreamnetEvent[] = [];
  private timer: TimerHandle | undefined;
  private committing: Promise<void> | undefined;
  private failures = 0;
  private failure: DreamnetError | undefined;
  private unstorable = 0;
  private sinceTrim = 0;
  private lastAt: number | undefined;
  private isClosed = false;

  constructor(private readonly options: EventJournalOptions) {
    this.waiting = createBoundedQueue<DreamnetEvent>(options.pendingLimit ?? 10_000);
  }

  /** Events lost: the store was slower or down for longer than the waiting room is long, or can never take them. */
  get dropped(): number {
    return this.waiting.dropped + this.unstorable;
  }

  /** Events that are not on disk yet. */
  get pending(): number {
    return this.batch.length + this.waiting.size;
  }

  /** Why the last commit failed; undefined when it did not. */
  get problem(): string | undefined {
    return this.failure?.message;
  }

  append(event: DreamnetEvent): void {
    if (this.isClosed) return;
    this.waiting.push(event);
    if (this.waiting.size >= BATCH_LIMIT && this.failures === 0) this.commitSoon(0);
    else this.commitSoon(this.options.commitEveryMs ?? 20);
  }

  /** Resolves when everything appended before is on disk, or when one more attempt to put it there failed. */
  async flush(): Promise<void> {
    await this.committing;
    while (this.batch.length + this.waiting.size > 0) {
      const failuresBefore = this.failures;
      await this.commit();
      if (this.failures > failuresBefore) return;
    }
  }

  /** Calls back after every commit, until the returned function is called. */
  onCommit(listener: () => void): () => void {
    this.commitListeners.add(listener);
    return () => this.commitListeners.delete(listener);
  }

  async close(): Promise<void> {
    await this.flush();
    this.isClosed = true;
    if (this.timer) this.options.clock.clearTimeout(this.timer);
    this.timer = undefined;
    for (const listener of this.commitListeners) listener();
  }

  get closed(): boolean {
    return this.isClosed;
  }

  private commitSoon(delayMs: number): void {
    if (this.committing || this.isClosed) return;
    if (this.timer && delayMs > 0) return;
    if (this.timer) this.options.clock.clearTimeout(this.timer);
    this.timer = this.options.clock.setTimeout(() => void this.commit(), delayMs);
  }

  /** Never rejects: a failure is told, kept and tried again later. */
  private commit(): Promise<void> {
    if (this.timer) this.options.clock.clearTimeout(this.timer);
    this.timer = undefined;
    this.committing ??= this.commitBatch()
      .then(
        () => this.succeeded(),
        (thrown: unknown) => this.failed(DreamnetError.from(thrown)),
      )
      .finally(() => {
        this.committing = undefined;
        if (this.batch.length + this.waiting.size > 0) this.commitSoon(this.nextDelayMs());
      });
    return this.committing;
  }

  private nextDelayMs(): number {
    return this.failures === 0 ? (this.options.commitEveryMs ?? 20) : backoffDelay(this.failures, RETRY);
  }

  private async commitBatch(): Promise<void> {
    while (this.batch.length < BATCH_LIMIT) {
      const event = this.waiting.shift();
      if (!event) break;
      this.batch.push(event);
    }
    if (this.batch.length === 0) return;
    let lastAt = this.lastAt ?? (await this.newest())?.at ?? 0;
    const writes = this.batch.map((event) => {
      // The journal's own time never goes back, even when the clock does: replay finds a time by bisection.
      lastAt = Math.max(lastAt, event.at);
      return { op: 'append', journal: EVENT_JOURNAL, at: lastAt, value: event } as const;
    });
    await commitStorable(this.options.store, writes, ({ details }, write) => {
      const event = this.batch.find((one) => write.op === 'append' && one === write.value);
      if (event) this.leaveOut(event, String(details.because));
    });
    this.lastAt = lastAt;
    this.sinceTrim += this.batch.length;
    this.batch = [];
  }

  private leaveOut(event: DreamnetEvent, because: string): void {
    this.batch = this.batch.filter((one) => one !== event);
    this.unstorable += 1;
    const name = `${EVENT_JOURNAL}: ${event.type} of ${event.subject.slice(0, LONGEST_SUBJECT)}`;
    this.options.onError?.(droppedRecord(name, because));
  }

  private async succeeded(): Promise<void> {
    this.failures = 0;
    this.failure = undefined;
    for (const listener of this.commitListeners) listener();
    if (this.sinceTrim < TRIM_EVERY_COMMITTED) return;
    this.sinceTrim = 0;
    try {
      const newest = await this.newest();
      const firstKept = (newest?.sequence ?? 0) - (this.options.keepEntries ?? 100_000) + 1;
      if (firstKept > 1) await this.options.store.trimJournal?.(EVENT_JOURNAL, firstKept);
    } catch (thrown) {
      this.options.onError?.(DreamnetError.from(thrown));
    }
  }

  private failed(error: DreamnetError): void {
    this.failures += 1;
    this.failure = error;
    this.options.onError?.(error);
  }

  private async newest(): Promise<{ sequence: number; at: number } | undefined> {
    const [entry] = await this.options.store.readJournal(EVENT_JOURNAL, { isReversed: true, limit: 1 });
    return entry;
  }
}
