import type { Clock, Store, StoreWrite, TimerHandle } from '@dreamnet/contracts';
import { commitStorable, DreamnetError, nameOfWrite, scanAll, workInTurns } from '@dreamnet/kit';
import type { RoomOptions } from '../boundary.js';
import { type KeptScorer, packScorer, peekScorer, unpackScorer } from './anomaly/packed-scorer.js';
import { DEFAULT_ANOMALY_LIMIT, type MetricAnomaliesRoom, type WatchedSeries } from './metric-anomalies.js';

/** What was learnt of each series, kept over a restart. */
export interface AnomalyKeeping {
  /** Reads what was kept; a series goes on with it when its first value comes. */
  load(): Promise<void>;
  start(): void;
  /** Writes what changed since it was written last. */
  stop(): Promise<void>;
  /** Lets go of what was kept of a subsystem and has not come again. */
  forget(subsystem: string): void;
}

export interface AnomalyKeepingOptions extends Pick<RoomOptions, 'clock' | 'publish' | 'store'> {
  anomalies: MetricAnomaliesRoom;
  /** Series kept at most. Default as many as are scored by default. */
  limit?: number;
}

const COLLECTION = 'anomaly-scorers';
/** A crash costs what was learnt since: at most this, and one turn more. */
const EVERY_MS = 300_000;
/** A turn writes its share only: a few hundred KiB instead of four MiB at once. */
const TURNS = 20;
/** Written together; packing one takes some 60 µs. */
const SLICE = 100;
/** As many as are told of once only; each is a name or two. */
const MOST_UNTAKEN = 1000;
/** A series that has not come for so long begins anew. */
const KEPT_MS = 7 * 86_400_000;

/** Keeps nothing where there is no store. */
export function createAnomalyKeeping(options: AnomalyKeepingOptions): AnomalyKeeping {
  const { store } = options;
  if (store === undefined)
    return {
      load: async () => undefined,
      start: () => undefined,
      stop: async () => undefined,
      forget: () => undefined,
    };
  return new StoredScorers(options, store);
}

class StoredScorers implements AnomalyKeeping {
  private readonly clock: Clock;
  private readonly limit: number;
  /** Read, and not come again so far; packed, they take a quarter of the memory. */
  private readonly waiting = new Map<string, Uint8Array>();
  /** Monotonic ms of the newest value that is in the store, by key. */
  private readonly written = new Map<string, number>();
  private readonly outdated = new Set<string>();
  /** Told to be what the store never takes, such as names too long for it. */
  private readonly untaken = new Set<string>();
  private timer: TimerHandle | undefined;
  private last: Promise<void> = Promise.resolve();
  private isFailing = false;

  constructor(
    private readonly options: AnomalyKeepingOptions,
    private readonly store: Store,
  ) {
    this.clock = options.clock;
    this.limit = options.limit ?? DEFAULT_ANOMALY_LIMIT;
    options.anomalies.resumeFrom((subsystem, metric) => {
      const key = keyOf({ subsystem, metric });
      const bytes = this.waiting.get(key);
      if (bytes === undefined) return undefined;
      this.waiting.delete(key);
      this.written.set(key, Number.NEGATIVE_INFINITY);
      return unpackScorer(bytes);
    });
  }

  async load(): Promise<void> {
    const found: { key: string; at: number; value: Uint8Array }[] = [];
    let unreadable = 0;
    for await (const { key, value } of scanAll(this.store, COLLECTION)) {
      const kept = peekScorer(value);
      if (kept !== undefined && keyOf(kept) === key)
        found.push({ key, at: kept.at, value: value as Uint8Array });
      else {
        unreadable += 1;
        this.outdated.add(key);
      }
    }
    found.sort((a, b) => b.at - a.at);
    const oldest = this.clock.now() - KEPT_MS;
    for (const [place, { key, at, value }] of found.entries())
      if (place < this.limit && at >= oldest) this.waiting.set(key, value);
      else this.outdated.add(key);
    if (unreadable > 0)
      this.options.publish('store.failed', 'anomalies', {
        operation: 'go on with what was learnt of metrics',
        error: `${unreadable} of ${unreadable + found.length} series are damaged or of another version: they learn anew`,
      });
  }

  start(): void {
    if (this.timer !== undefined) return;
    const arm = (): void => {
      this.timer = this.clock.setTimeout(() => {
        void this.write({ most: Math.ceil(this.limit / TURNS), beforeMs: this.clock.monotonic() - EVERY_MS });
        arm();
      }, EVERY_MS / TURNS);
    };
    arm();
  }

  async stop(): Promise<void> {
    if (this.timer !== undefined) this.clock.clearTimeout(this.timer);
    this.timer = undefined;
    await this.write({ most: Number.POSITIVE_INFINITY, beforeMs: Number.POSITIVE_INFINITY });
  }

  forget(subsystem: string): void {
    const prefix = prefixOf(subsystem);
    for (const key of this.waiting.keys()) {
      if (!key.startsWith(prefix)) continue;
      this.waiting.delete(key);
      this.outdated.add(key);
    }
  }

  /** One write at a time; what failed is tried again with the next turn. */
  private write(wanted: { most: number; beforeMs: number }): Promise<void> {
    this.last = this.last.then(async () => {
      try {
        await this.writeNow(wanted);
        this.isFailing = false;
      } catch (thrown) {
        const { message } = DreamnetError.from(thrown);
        if (!this.isFailing)
          this.options.publish('store.failed', 'anomalies', {
            operation: 'keep what was learnt of metrics',
            error: message,
          });
        this.isFailing = true;
      }
    });
    return this.last;
  }

  private async writeNow({ most, beforeMs }: { most: number; beforeMs: number }): Promise<void> {
    this.findOutdated();
    const due: { key: string; one: WatchedSeries }[] = [];
    for (const one of this.options.anomalies.watched()) {
      if (due.length >= most) break;
      const key = keyOf(one);
      const writtenMs = this.written.get(key) ?? Number.NEGATIVE_INFINITY;
      if (!Number.isNaN(one.at) && one.fedMs > writtenMs && writtenMs <= beforeMs) due.push({ key, one });
    }
    for (let from = 0; from < due.length || this.outdated.size > 0; from += SLICE)
      await this.commit(due.slice(from, from + SLICE));
  }

  private async commit(due: readonly { key: string; one: WatchedSeries }[]): Promise<void> {
    const gone = [...this.outdated];
    const writes: StoreWrite[] = gone.map((key) => ({ op: 'delete', collection: COLLECTION, key }));
    const fed: { key: string; ms: number }[] = [];
    await workInTurns(this.clock, due, ({ key, one }) => {
      fed.push({ key, ms: one.fedMs });
      writes.push({ op: 'put', collection: COLLECTION, key, value: packScorer(keptOf(one)) });
    });
    await commitStorable(this.store, writes, ({ message }, write) => {
      const name = nameOfWrite(write);
      if (!this.untaken.has(name))
        this.options.publish('store.failed', 'anomalies', { operation: `keep ${name}`, error: message });
      if (this.untaken.size < MOST_UNTAKEN) this.untaken.add(name);
    });
    for (const key of gone) this.outdated.delete(key);
    for (const { key, ms } of fed) this.written.set(key, ms);
  }

  /** In the store, and given up since. */
  private findOutdated(): void {
    const { anomalies } = this.options;
    const watched = new Set([...anomalies.watched()].map(keyOf));
    for (const key of this.written.keys()) {
      if (watched.has(key)) continue;
      this.written.delete(key);
      this.outdated.add(key);
    }
    for (const key of watched) this.outdated.delete(key);
  }
}

function keyOf({ subsystem, metric }: { subsystem: string; metric: string }): string {
  return JSON.stringify([subsystem, metric]);
}

/** What the keys of all series of a subsystem begin with, and no others: by it none of their bytes need be read. */
function prefixOf(subsystem: string): string {
  return `${JSON.stringify([subsystem]).slice(0, -1)},`;
}

function keptOf({ subsystem, metric, at, lastTold, scorer }: WatchedSeries): KeptScorer {
  return { subsystem, metric, at, ...(lastTold && { lastTold }), state: scorer.save() };
}
