import type { Clock, PublishEvent, Store, StoredRecord, StoreWrite, TimerHandle } from '@dreamnet/contracts';
import { DreamnetError, droppedRecord, unstorableOf } from '@dreamnet/kit';

/**
 * Many small things in the store, hundreds to a record and soon rather than at once: what changes often and may be
 * lost for the last second. The newest version of a thing is the one in the newest pack.
 */
export interface PackedRecords {
  /** The thing has changed; it is read when it is written. */
  touch(key: string): void;
  /** The thing is no more. It may be read back once again, as it was last: who reads must know what has expired. */
  forget(key: string): void;
  /** Writes packs whose things have mostly changed since anew, so that the store does not grow. */
  tidy(): void;
  /** Gives every thing in its newest version. */
  load(): Promise<void>;
  /** Resolves when everything touched so far was written or could not be. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

export interface PackedRecordsOptions {
  clock: Clock;
  store: Store;
  publish: PublishEvent;
  collection: string;
  /** How long many changes are gathered; few are written sooner. */
  delayMs: number;
  /** @returns undefined when the thing is no more. */
  read: (key: string) => unknown;
  /** About how many hundred characters the value is long. */
  weigh: (value: unknown) => number;
  /** @returns false when the thing has expired meanwhile. */
  onLoaded: (key: string, value: unknown) => boolean;
}

interface Pack {
  keys: readonly string[];
  /** How many of them have no newer version. */
  live: number;
}

/** As much of a key as is told, in characters. */
const LONGEST_TOLD_KEY = 80;
const MOST_IN_A_PACK = 256;
/** Some hundred kilobytes: one write that no other has to wait long for. */
const HEAVIEST_PACK = 4000;
const PACKS_AT_ONCE = 8;
const PACKS_PER_PAGE = 50;
/** As few changes as one pack takes are not waited with for company: that is the most a crash costs on a quiet day. */
const FEW_DELAY_MS = 50;
/** After a failure the store is left alone for so long. */
const RETRY_MS = 5_000;
/** Fewer dead versions than these are not worth a write. */
const WORTH_TIDYING = 1000;

export function createPackedRecords(options: PackedRecordsOptions): PackedRecords {
  return new StoredPacks(options);
}

class StoredPacks implements PackedRecords {
  private readonly options: PackedRecordsOptions;
  /** In the order in which they were written. */
  private readonly packs = new Map<number, Pack>();
  private readonly packOf = new Map<string, number>();
  private readonly touched = new Set<string>();
  /** Was in a pack that can never be stored: goes alone the next time, so that it is known which thing it was. */
  private readonly suspects = new Set<string>();
  private written = 0;
  private nextPack = 1;
  private timer: TimerHandle | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(options: PackedRecordsOptions) {
    this.options = options;
  }

  touch(key: string): void {
    this.touched.add(key);
    if (this.timer !== undefined) return;
    const { clock, delayMs } = this.options;
    const firstMs = Math.min(FEW_DELAY_MS, delayMs);
    this.timer = clock.setTimeout(() => {
      this.timer = undefined;
      if (this.touched.size <= MOST_IN_A_PACK) this.write();
      else this.schedule(delayMs - firstMs);
    }, firstMs);
  }

  forget(key: string): void {
    this.touched.delete(key);
    this.release(key);
  }

  tidy(): void {
    const [first] = this.packs;
    if (!first || this.written - this.packOf.size < Math.max(WORTH_TIDYING, this.packOf.size)) return;
    const [id, pack] = first;
    for (const key of pack.keys) if (this.packOf.get(key) === id) this.touched.add(key);
    this.schedule(0);
  }

  async load(): Promise<void> {
    const { store, collection, onLoaded } = this.options;
    const values = new Map<string, unknown>();
    let after: string | undefined;
    for (;;) {
      const range = after === undefined ? {} : { after };
      const page = await store.scan(collection, { ...range, limit: PACKS_PER_PAGE });
      for (const record of page) this.takePack(record, values);
      after = page.at(-1)?.key;
      if (page.length < PACKS_PER_PAGE) break;
    }
    for (const [key, value] of values) if (!onLoaded(key, value)) this.forget(key);
  }

  async settled(): Promise<void> {
    if (this.touched.size > 0) this.write();
    await this.writing;
  }

  async stop(): Promise<void> {
    await this.settled();
    if (this.timer !== undefined) this.options.clock.clearTimeout(this.timer);
    this.timer = undefined;
  }

  private takePack({ key, value }: StoredRecord, values: Map<string, unknown>): void {
    const id = Number(key);
    if (!Number.isSafeInteger(id) || !Array.isArray(value)) return;
    const keys: string[] = [];
    for (const entry of value as unknown[]) {
      if (!Array.isArray(entry) || typeof entry[0] !== 'string') continue;
      keys.push(entry[0]);
      values.set(entry[0], entry[1]);
    }
    this.hold(id, keys);
    this.nextPack = Math.max(this.nextPack, id + 1);
  }

  private schedule(delayMs: number): void {
    this.timer ??= this.options.clock.setTimeout(() => {
      this.timer = undefined;
      this.write();
    }, delayMs);
  }

  /** One round after another, each as large as the store takes without making others wait. */
  private write(): void {
    this.writing = this.writing.then(async () => {
      while (this.touched.size > 0) if (!(await this.writeSome())) return;
    });
  }

  private async writeSome(): Promise<boolean> {
    const { store, collection, publish } = this.options;
    const packs = this.takeTouched();
    const writes: StoreWrite[] = packs.map(({ id, entries }) => ({
      op: 'put',
      collection,
      key: nameOf(id),
      value: entries,
    }));
    const gone = this.deadPacks();
    for (const id of gone) writes.push({ op: 'delete', collection, key: nameOf(id) });
    if (writes.length === 0) return true;
    try {
      await store.commit(writes);
      for (const { entries } of packs) for (const [key] of entries) this.suspects.delete(key);
    } catch (thrown) {
      const isSingledOut = this.singleOut(packs, thrown);
      for (const { entries } of packs) for (const [key] of entries) this.touched.add(key);
      if (isSingledOut) return true;
      publish('store.failed', collection, { operation: 'commit', error: DreamnetError.from(thrown).message });
      this.schedule(RETRY_MS);
      return false;
    }
    for (const id of gone) {
      this.written -= this.packs.get(id)?.keys.length ?? 0;
      this.packs.delete(id);
    }
    for (const { id, entries } of packs)
      this.hold(
        id,
        entries.map(([key]) => key),
      );
    return true;
  }

  /** @returns false when the store refused for another reason than what is in a pack */
  private singleOut(packs: { id: number; entries: [string, unknown][] }[], thrown: unknown): boolean {
    const { collection, publish } = this.options;
    for (const { place, because } of unstorableOf(thrown)) {
      const entries = packs[place]?.entries.splice(0) ?? [];
      const [only] = entries;
      if (entries.length === 1 && only) {
        this.suspects.delete(only[0]);
        const { message } = droppedRecord(`${collection}: ${only[0].slice(0, LONGEST_TOLD_KEY)}`, because);
        publish('store.failed', collection, { operation: 'commit', error: message });
        continue;
      }
      for (const [key] of entries) {
        this.suspects.add(key);
        this.touched.add(key);
      }
    }
    return unstorableOf(thrown).length > 0;
  }

  private takeTouched(): { id: number; entries: [string, unknown][] }[] {
    const packs: { id: number; entries: [string, unknown][] }[] = [];
    let weight = Number.POSITIVE_INFINITY;
    for (const key of this.touched) {
      const value = this.options.read(key);
      // A group by a long label has a long key.
      const own = value === undefined ? 0 : this.options.weigh(value) + key.length / 100;
      const last = packs.at(-1);
      const isSuspect = this.suspects.has(key);
      const isFull =
        isSuspect || weight + own > HEAVIEST_PACK || (last?.entries.length ?? 0) >= MOST_IN_A_PACK;
      if (isFull && packs.length === PACKS_AT_ONCE) break;
      this.touched.delete(key);
      if (value === undefined) continue;
      if (isFull || !last) {
        packs.push({ id: this.nextPack, entries: [[key, value]] });
        this.nextPack += 1;
        weight = isSuspect ? Number.POSITIVE_INFINITY : own;
      } else {
        last.entries.push([key, value]);
        weight += own;
      }
    }
    return packs;
  }

  /** Oldest first and only as far as all are dead: an old version must never outlive a newer one. */
  private deadPacks(): number[] {
    const dead: number[] = [];
    for (const [id, pack] of this.packs) {
      if (pack.live > 0) break;
      dead.push(id);
    }
    return dead;
  }

  private hold(id: number, keys: readonly string[]): void {
    this.packs.set(id, { keys, live: keys.length });
    this.written += keys.length;
    for (const key of keys) {
      this.release(key);
      this.packOf.set(key, id);
    }
  }

  private release(key: string): void {
    const pack = this.packs.get(this.packOf.get(key) ?? 0);
    if (pack) pack.live -= 1;
    this.packOf.delete(key);
  }
}

/** The order of the names is the order of the numbers. */
function nameOf(id: number): string {
  return String(id).padStart(12, '0');
}
