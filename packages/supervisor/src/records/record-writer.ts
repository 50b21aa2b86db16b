import type { Clock, PublishEvent, Store, StoreWrite, TimerHandle } from '@dreamnet/contracts';
import { commitStorable, DreamnetError, nameOfWrite, scanAll } from '@dreamnet/kit';
import { SUPERVISED_COLLECTION } from './process-record.js';

/**
 * Changes wait so long for others: a fleet that comes back makes hundreds, one a turn, and each commit stops the event loop for
 * its sync to disk. What was started meanwhile is found by its mark.
 */
const GATHER_MS = 20;

/** A record that is to be written. */
interface Due {
  readonly collection: string;
  readonly key: string;
  readonly read: () => object | null;
}

/**
 * Writes records one commit after another, only the newest of each process; nobody waits for it on the way to a
 * restart. A store that fails is told as `store.failed` once per failure and the record stays due; a record that can never be
 * stored is told once and is due again when it changes.
 */
export class RecordWriter {
  readonly #store: Store;
  readonly #publish: PublishEvent;
  readonly #clock: Clock;
  readonly #due = new Map<string, Due>();
  #running: Promise<boolean> | undefined;
  #timer: TimerHandle | undefined;

  constructor(store: Store, publish: PublishEvent, clock: Clock) {
    this.#store = store;
    this.#publish = publish;
    this.#clock = clock;
  }

  /** Notes that a record changed. @param read Gives the record when it is written; null deletes it. */
  write(key: string, read: () => object | null, collection = SUPERVISED_COLLECTION): void {
    this.#due.set(`${collection}/${key}`, { collection, key, read });
    this.#gather();
  }

  /** Resolves when everything due was tried. */
  async flush(): Promise<void> {
    await this.#running;
    while (this.#due.size > 0) if (!(await this.#start())) return;
  }

  /** Everything stored under a collection. */
  async readAll(collection = SUPERVISED_COLLECTION): Promise<{ key: string; value: unknown }[]> {
    const found: { key: string; value: unknown }[] = [];
    for await (const record of scanAll(this.#store, collection)) found.push(record);
    return found;
  }

  #gather(): void {
    if (!this.#running) this.#timer ??= this.#clock.setTimeout(() => void this.#start(), GATHER_MS);
  }

  /** @returns false when the store failed: what is due then waits for the next change or flush. */
  #start(): Promise<boolean> {
    if (this.#timer) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#running ??= this.#run();
    return this.#running;
  }

  async #run(): Promise<boolean> {
    // A turn later, so that the several changes of one event are one write.
    await new Promise((resolve) => setImmediate(resolve));
    const batch = [...this.#due];
    this.#due.clear();
    const isWritten = batch.length === 0 || (await this.#commit(batch));
    this.#running = undefined;
    if (isWritten && this.#due.size > 0) this.#gather();
    return isWritten;
  }

  async #commit(batch: [string, Due][]): Promise<boolean> {
    const writes = batch.map(([, { collection, key, read }]): StoreWrite => {
      const value = read();
      return value === null ? { op: 'delete', collection, key } : { op: 'put', collection, key, value };
    });
    const dropped = new Set<string>();
    try {
      await commitStorable(this.#store, writes, ({ message }, write) => {
        dropped.add(nameOfWrite(write));
        this.#tell(`write the record ${nameOfWrite(write)}`, message);
      });
      return true;
    } catch (error) {
      for (const [id, due] of batch) if (!this.#due.has(id) && !dropped.has(id)) this.#due.set(id, due);
      this.#tell(`write ${batch.length} process record(s)`, DreamnetError.from(error).message);
      return false;
    }
  }

  #tell(operation: string, error: string): void {
    this.#publish('store.failed', SUPERVISED_COLLECTION, { operation, error });
  }
}
