import type { PublishEvent, Store, StoreWrite } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import type { ProcessRecord } from './process-record.js';
import { SUPERVISED_COLLECTION } from './process-record.js';

/** A full scan of the collection takes pages of this size. */
const SCAN_PAGE = 1000;

/**
 * Writes records one commit after another, only the newest of each process; nobody waits for it on the way to a
 * restart. A store that fails is told as `store.failed` once per failure and the record stays due.
 */
export class RecordWriter {
  readonly #store: Store;
  readonly #publish: PublishEvent;
  readonly #due = new Map<string, () => ProcessRecord | null>();
  #running: Promise<void> | undefined;

  constructor(store: Store, publish: PublishEvent) {
    this.#store = store;
    this.#publish = publish;
  }

  /** Notes that a record changed. @param read Gives the record when it is written; null deletes it. */
  write(id: string, read: () => ProcessRecord | null): void {
    this.#due.set(id, read);
    this.#running ??= this.#run();
  }

  /** Resolves when everything due was tried. */
  async flush(): Promise<void> {
    if (this.#due.size > 0) this.#running ??= this.#run();
    await this.#running;
  }

  /** Everything stored under the collection. */
  async readAll(): Promise<{ key: string; value: unknown }[]> {
    const found: { key: string; value: unknown }[] = [];
    for (let after: string | undefined; ; ) {
      const page = await this.#store.scan(SUPERVISED_COLLECTION, {
        limit: SCAN_PAGE,
        ...(after === undefined ? {} : { after }),
      });
      found.push(...page);
      if (page.length < SCAN_PAGE) return found;
      after = page.at(-1)?.key;
    }
  }

  async #run(): Promise<void> {
    // A turn later, so that the several changes of one event are one write.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#due.size > 0) {
      const batch = [...this.#due];
      this.#due.clear();
      if (!(await this.#commit(batch))) break;
    }
    this.#running = undefined;
  }

  async #commit(batch: [string, () => ProcessRecord | null][]): Promise<boolean> {
    const writes = batch.map(([key, read]): StoreWrite => {
      const value = read();
      return value === null
        ? { op: 'delete', collection: SUPERVISED_COLLECTION, key }
        : { op: 'put', collection: SUPERVISED_COLLECTION, key, value };
    });
    try {
      await this.#store.commit(writes);
      return true;
    } catch (error) {
      for (const [id, read] of batch) if (!this.#due.has(id)) this.#due.set(id, read);
      this.#publish('store.failed', SUPERVISED_COLLECTION, {
        operation: `write ${batch.length} process record(s)`,
        error: DreamnetError.from(error).message,
      });
      return false;
    }
  }
}
