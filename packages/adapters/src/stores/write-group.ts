import { tellInTurns } from '@dreamnet/kit';

/** Puts commits that arrive together into one transaction. */
export interface WriteGroup<T> {
  /** Resolves when the batch is on disk; rejects with its own error. */
  add(batch: readonly T[]): Promise<void>;
  /** Resolves when all that was added is on disk or was refused. */
  drain(): Promise<void>;
}

export interface WriteGroupOptions<T> {
  /** Writes all of it in one transaction, or nothing and throws. */
  write: (writes: readonly T[]) => void;
  /** Brings to disk what was written; when it fails, what was written since the last time is refused. */
  sync: () => Promise<void>;
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
 * All batches added in one turn of the event loop, and all that are added while the group before them is brought to
 * disk, share a transaction and a sync: the busier it is, the larger the groups. When a transaction fails each batch is
 * written alone, so that a bad one fails alone.
 */
export function createWriteGroup<T>(options: WriteGroupOptions<T>): WriteGroup<T> {
  const waiting: Waiting<T>[] = [];
  let working: Promise<void> | undefined;
  const work = async (): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
    while (waiting.length > 0) await settle(writeGroup(takeGroup(waiting), options), options);
    working = undefined;
  };
  return {
    add: (batch) =>
      new Promise((resolve, reject) => {
        waiting.push({ batch, resolve, reject });
        working ??= work();
      }),
    drain: async () => {
      while (working !== undefined) await working;
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

/** @returns those that were written; the others were told why not. */
function writeGroup<T>(group: readonly Waiting<T>[], options: WriteGroupOptions<T>): readonly Waiting<T>[] {
  try {
    options.write(group.flatMap(({ batch }) => batch));
    return group;
  } catch (error) {
    if (group.length > 1 && !options.isAboutAll(error))
      return group.flatMap((one) => writeGroup([one], options));
    for (const one of group) one.reject(error);
    return [];
  }
}

async function settle<T>(written: readonly Waiting<T>[], { sync }: WriteGroupOptions<T>): Promise<void> {
  if (written.length === 0) return;
  try {
    await sync();
  } catch (error) {
    for (const one of written) one.reject(error);
    return;
  }
  await tellInTurns(written, (one) => one.resolve());
}
