import type { HealthHistoryEntry, Store, TimerHandle } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import type { HealthEngine, RoomOptions } from '../boundary.js';
import { createHistoryRing } from './history-ring.js';

export interface HealthHistoryOptions extends RoomOptions {
  engine: Pick<HealthEngine, 'scores' | 'summaries'>;
  /** Between two entries. Default 10 000 ms. */
  everyMs?: number;
  /** How far back the history goes. Default 24 h. */
  keepMs?: number;
}

/** The scores over time. */
export interface HealthHistory {
  /** Takes an entry now; two within the same moment are one. */
  record(): void;
  /** Oldest first. */
  entries(): HealthHistoryEntry[];
  load(): Promise<void>;
  settled(): Promise<void>;
  start(): void;
  stop(): void;
}

const JOURNAL = 'health-history';
const EVERY_MS = 10_000;
const KEEP_MS = 24 * 3_600_000;

/** A history in memory, kept in the journal `health-history` too when there is a store. */
export function createHealthHistory(options: HealthHistoryOptions): HealthHistory {
  const { clock, engine, store, publish } = options;
  const everyMs = options.everyMs ?? EVERY_MS;
  const capacity = Math.max(1, Math.ceil((options.keepMs ?? KEEP_MS) / everyMs));
  const ring = createHistoryRing(capacity);
  let timer: TimerHandle | undefined;
  let writing: Promise<void> = Promise.resolve();
  let appended = 0;
  const record = (): void => {
    const at = clock.now();
    if (ring.newest()?.at === at) return;
    const entry = { at, globalHealth: engine.scores(), subsystems: countStatuses(engine) };
    ring.push(entry);
    publish('health.scored', 'global', { globalHealth: entry.globalHealth });
    if (store === undefined) return;
    appended += 1;
    const isTrimDue = appended % 360 === 0;
    writing = writing.then(() => append({ store, options, capacity }, entry, isTrimDue));
  };
  const arm = (): void => {
    timer = clock.setTimeout(() => {
      record();
      arm();
    }, everyMs);
  };
  return {
    record,
    entries: ring.entries,
    load: async () => {
      for (const entry of await readStored(store, capacity)) ring.push(entry);
    },
    settled: () => writing,
    start: () => {
      if (timer === undefined) arm();
    },
    stop: () => {
      if (timer !== undefined) clock.clearTimeout(timer);
      timer = undefined;
    },
  };
}

function countStatuses(engine: HealthHistoryOptions['engine']): HealthHistoryEntry['subsystems'] {
  const counts = { ok: 0, warn: 0, error: 0, unknown: 0 };
  for (const { status } of engine.summaries()) counts[status] += 1;
  return counts;
}

async function append(
  into: { store: Store; options: HealthHistoryOptions; capacity: number },
  entry: HealthHistoryEntry,
  isTrimDue: boolean,
): Promise<void> {
  const { store, options, capacity } = into;
  try {
    await store.commit([{ op: 'append', journal: JOURNAL, at: entry.at, value: entry }]);
    if (!isTrimDue || store.trimJournal === undefined) return;
    const [newest] = await store.readJournal(JOURNAL, { isReversed: true, limit: 1 });
    if (newest !== undefined) await store.trimJournal(JOURNAL, Math.max(1, newest.sequence - capacity + 1));
  } catch (thrown) {
    const { message } = DreamnetError.from(thrown);
    options.publish('store.failed', JOURNAL, { operation: 'append to the health history', error: message });
  }
}

async function readStored(store: Store | undefined, capacity: number): Promise<HealthHistoryEntry[]> {
  if (store === undefined) return [];
  const newestFirst = await store.readJournal(JOURNAL, { isReversed: true, limit: capacity });
  return newestFirst
    .map(({ value }) => value)
    .filter(isEntry)
    .reverse();
}

function isEntry(value: unknown): value is HealthHistoryEntry {
  if (typeof value !== 'object' || value === null) return false;
  const { at, globalHealth, subsystems } = value as Partial<HealthHistoryEntry>;
  return typeof at === 'number' && typeof globalHealth === 'object' && typeof subsystems === 'object';
}
