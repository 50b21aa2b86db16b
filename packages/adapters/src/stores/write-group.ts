/** Puts commits that arrive together into one transaction. */
export interface WriteGroup<T> {
  /** Resolves when the batch is written; rejects with its own error. */
  add(batch: readonly T[]): Promise<void>;
  /** Writes everything that waits, now. */
  flush(): void;
}

export interface WriteGroupOptions<T> {
  /** Writes all of it in one transaction, or nothing and throws. */
  write: (writes: readonly T[]) => void;
  /** Is it about the whole database, so that no batch of the group could succeed alone? */
  isAboutAll: (error: unknown) => boolean;
}

interface Waiting<T> {
  batch: readonly T[];
  resolve: () => void;
  reject: (error: unknown) => void;
}

/** One transaction blocks the event loop; about 1000 rows take 2 to 3 ms. */
const LARGEST_GROUP_WRITES = 1000;

/**
 * All batches added in one turn of the event loop share a transaction, hence one sync to disk. When it fails each
 * batch is written alone, so that a bad one fails alone.
 */
export function createWriteGroup<T>(options: WriteGroupOptions<T>): WriteGroup<T> {
  const waiting: Waiting<T>[] = [];
  let isScheduled = false;
  const flushOne = () => writeGroup(takeGroup(waiting), options);
  const schedule = () => {
    if (isScheduled || waiting.length === 0) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      flushOne();
      schedule();
    });
  };
  return {
    add: (batch) =>
      new Promise((resolve, reject) => {
        waiting.push({ batch, resolve, reject });
        schedule();
      }),
    flush: () => {
      while (waiting.length > 0) flushOne();
    },
  };
}

/** Takes whole batches up to the limit, at least one. */
function takeGroup<T>(waiting: Waiting<T>[]): Waiting<T>[] {
  let count = 0;
  let writes = 0;
  for (const { batch } of waiting) {
    if (count > 0 && writes + batch.length > LARGEST_GROUP_WRITES) break;
    writes += batch.length;
    count += 1;
  }
  return waiting.splice(0, count);
}

function writeGroup<T>(group: readonly Waiting<T>[], options: WriteGroupOptions<T>): void {
  if (group.length === 0) return;
  try {
    options.write(group.flatMap(({ batch }) => batch));
  } catch (error) {
    if (group.length === 1 || options.isAboutAll(error)) for (const one of group) one.reject(error);
    else for (const one of group) writeGroup([one], options);
    return;
  }
  for (const one of group) one.resolve();
}
