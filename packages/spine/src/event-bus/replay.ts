import type { DreamnetEvent, JournalEntry, Store } from '@dreamnet/contracts';
import { EVENT_JOURNAL, type EventJournal, type RecordedEvent } from './journal.js';
import { busSubject, compilePattern } from './subject.js';

/** From where to replay: after a sequence, or from a time on (epoch ms). From the oldest kept entry by default. */
export interface ReplayOptions {
  after?: number;
  sinceMs?: number;
  /** Default `>`: everything. */
  pattern?: string;
  /** Ends a `follow`; a replay ends by itself. */
  signal?: AbortSignal;
}

const PAGE = 500;

/**
 * Reads the journal forward, a page at a time; entries appended meanwhile are read too.
 *
 * @throws DN_SPINE_BAD_PATTERN at the first step.
 */
export async function* replayJournal(store: Store, options: ReplayOptions): AsyncGenerator<RecordedEvent> {
  const isWanted = compilePattern(options.pattern ?? '>');
  let after = options.after ?? 0;
  if (options.sinceMs !== undefined) after = Math.max(after, await sequenceBefore(store, options.sinceMs));
  while (!options.signal?.aborted) {
    const entries = await store.readJournal(EVENT_JOURNAL, { after, limit: PAGE });
    for (const entry of entries) {
      after = entry.sequence;
      // Only this package writes the journal, and it writes events.
      const event = entry.value as DreamnetEvent;
      if (isWanted(busSubject(event))) yield { sequence: entry.sequence, event };
    }
    if (entries.length < PAGE) return;
  }
}

/** Like `replayJournal`, then goes on with each event once it is on disk, until the signal aborts or the bus closes. */
export async function* followJournal(
  store: Store,
  journal: EventJournal,
  options: ReplayOptions,
): AsyncGenerator<RecordedEvent> {
  const isWanted = compilePattern(options.pattern ?? '>');
  let { after = 0 } = options;
  if (options.sinceMs !== undefined) after = Math.max(after, await sequenceBefore(store, options.sinceMs));
  const bell = createBell(journal, options.signal);
  try {
    while (!options.signal?.aborted) {
      const rung = bell.next();
      const entries: readonly JournalEntry[] = await store.readJournal(EVENT_JOURNAL, { after, limit: PAGE });
      for (const entry of entries) {
        after = entry.sequence;
        const event = entry.value as DreamnetEvent;
        if (isWanted(busSubject(event))) yield { sequence: entry.sequence, event };
      }
      if (entries.length === 0 && journal.closed) return;
      if (entries.length < PAGE && !journal.closed) await rung;
    }
  } finally {
    bell.stop();
  }
}

/** Rings at the next commit or abort. Taken before the read, so that a commit during the read is not slept through. */
function createBell(journal: EventJournal, signal?: AbortSignal) {
  let ring: () => void = () => undefined;
  const wake = () => ring();
  const stopListening = journal.onCommit(wake);
  signal?.addEventListener('abort', wake, { once: true });
  return {
    next: () =>
      new Promise<void>((resolve) => {
        ring = resolve;
      }),
    stop: () => {
      stopListening();
      signal?.removeEventListener('abort', wake);
    },
  };
}

/** The sequence after which every entry is at `sinceMs` or later, by bisection: the journal's time never goes back. */
async function sequenceBefore(store: Store, sinceMs: number): Promise<number> {
  const [newest] = await store.readJournal(EVENT_JOURNAL, { isReversed: true, limit: 1 });
  let low = 0;
  let high = newest?.sequence ?? 0;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [entry] = await store.readJournal(EVENT_JOURNAL, { after: middle, limit: 1 });
    if (!entry || entry.at >= sinceMs) high = middle;
    else low = entry.sequence;
  }
  return low;
}
