import { randomUUID } from 'node:crypto';
import type { Clock, DreamnetEvent, EventBus, PublishEvent, Store } from '@dreamnet/contracts';
import type { DreamnetError } from '@dreamnet/kit';
import { spineError } from '../errors.js';
import { createInProcessBus } from './in-process-bus.js';
import { EventJournal, type RecordedEvent } from './journal.js';
import { followJournal, type ReplayOptions, replayJournal } from './replay.js';

export interface EventBusOptions {
  clock: Clock;
  /** Keeps every event in the journal `events`. Without it nothing outlives delivery. */
  store?: Store;
  /** Delivers; default within this process. */
  driver?: EventBus;
  /** Oldest journal entries beyond this many are trimmed. Default 100 000. */
  keepEntries?: number;
  /** Events wait at most this long for others to share their commit. Default 20. */
  commitEveryMs?: number;
  /** Events that may wait while the store fails. Default 10 000. */
  pendingLimit?: number;
  /** Told of what must not be silent but must not stop publishing either; must not throw. */
  onError?: (error: DreamnetError, during: 'journal' | 'handler') => void;
}

export interface EventBusStats {
  published: number;
  /** Handed to a bus that was closed or whose driver threw. */
  undelivered: number;
  /** Lost to the journal because the store was down or slow for too long, or can never take them. */
  unrecorded: number;
  /** Not on disk yet. */
  pending: number;
  /** Why the last commit of the journal failed; absent when it did not. */
  problem?: string;
}

/** The bus everything publishes to: delivery and, with a store, a durable journal. */
export interface DurableEventBus extends EventBus {
  /** Reads what was kept; what was published before the first step is included. Throws DN_SPINE_NO_STORE without a store. */
  replay(options?: ReplayOptions): AsyncIterable<RecordedEvent>;
  /** `replay`, then live: each event once, in order, after it is on disk, until the signal aborts. For SSE and cursors. */
  follow(options?: ReplayOptions): AsyncIterable<RecordedEvent>;
  /** Resolves when everything published before is on disk, or one attempt to put it there failed. */
  flush(): Promise<void>;
  stats(): EventBusStats;
}

/**
 * Publishing returns at once and never throws, whatever the store, the driver or a handler does. Events are delivered
 * before they are on disk: whoever needs the disk first reads `follow`.
 */
export function createEventBus(options: EventBusOptions): DurableEventBus {
  const { store, onError } = options;
  const driver =
    options.driver ?? createInProcessBus({ onHandlerError: (error) => onError?.(error, 'handler') });
  const journal = store && new EventJournal({ ...journalOptions(options), store });
  const counters = { published: 0, undelivered: 0 };
  let isClosed = false;
  const publish = (event: DreamnetEvent) => {
    counters.published += 1;
    try {
      if (isClosed) {
        counters.undelivered += 1;
        return;
      }
      journal?.append(event);
      driver.publish(event);
    } catch {
      counters.undelivered += 1;
    }
  };
  return {
    publish,
    subscribe: (pattern, handler, limits) => driver.subscribe(pattern, handler, limits),
    replay: (range = {}) => afterFlush(required(journal), replayJournal(required(store), range)),
    follow: (range = {}) => followJournal(required(store), required(journal), range),
    flush: async () => journal?.flush(),
    stats: () => ({
      ...counters,
      unrecorded: journal?.dropped ?? 0,
      pending: journal?.pending ?? 0,
      ...(journal?.problem !== undefined && { problem: journal.problem }),
    }),
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      await driver.close();
      await journal?.close();
    },
  };
}

/**
 * The function components publish with: gives each event its id, its time and its source.
 *
 * @param source Who sees the change, e.g. `supervisor`.
 */
export function createPublish(bus: Pick<EventBus, 'publish'>, clock: Clock, source: string): PublishEvent {
  return (type, subject, data, at) => {
    // The compiler cannot see that `type` and `data` belong together once they are parameters.
    const event = { id: randomUUID(), type, at: at ?? clock.now(), source, subject, data } as DreamnetEvent;
    bus.publish(event);
  };
}

function journalOptions(options: EventBusOptions) {
  const { clock, keepEntries, commitEveryMs, pendingLimit, onError } = options;
  return {
    clock,
    ...(keepEntries !== undefined && { keepEntries }),
    ...(commitEveryMs !== undefined && { commitEveryMs }),
    ...(pendingLimit !== undefined && { pendingLimit }),
    onError: (error: DreamnetError) => onError?.(error, 'journal'),
  };
}

async function* afterFlush(
  journal: EventJournal,
  entries: AsyncGenerator<RecordedEvent>,
): AsyncGenerator<RecordedEvent> {
  await journal.flush();
  yield* entries;
}

function required<T>(part: T | undefined): T {
  if (part === undefined) throw spineError('DN_SPINE_NO_STORE');
  return part;
}
