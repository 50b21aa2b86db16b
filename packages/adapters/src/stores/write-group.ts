import type { Clock } from '@dreamnet/contracts';
import { tellInTurns, workInTurns } from '@dreamnet/kit';

/** Puts commits that arrive together into one transaction. */
export interface WriteGroup<T> {
  /** Resolves when the batch is on disk; rejects with its own error. */
  add(batch: readonly T[]): Promise<void>;
  /** Resolves when all that was added is on disk or was refused. */
  drain(): Promise<void>;
}

export interface WriteGroupOptions<T> {
  clock: Pick<Clock, 'monotonic'>;
  /** Writes all of it in one transaction, or nothing and throws. */
  write: (writes: readonly T[]) => void;
  /** Brings to disk what was written; when it fails, what was written since the last time is refused. */
  sync: () => Promise<void>;
  /** Called when a group is on disk and was told so; nobody writes before it has resolved. Never rejects. */
  afterwards: () => Promise<void>;
  /** Is it about the whole database, so that no batch of the group could succeed alone? */
  isAboutAll: (error: unknown) => boolean;
}

interface Waiting<T> {
  batch: readonly T[];
  resolve: () => void;
  reject: (error: unknown) => void;
}

/** Nobody waits for the disk on behalf of more than these. */
const LARGEST_GROUP_WRITES = 1000;
/** One transaction blocks the event loop: rows of 1 KB take 20 to 50 µs each. */
const LARGEST_TRANSACTION_WRITES = 64;

/**
 * All batches added in one turn of the event loop, and all that are added while the group before them is brought to
 * disk, share a sync, and a few transactions: the busier it is, the larger the groups. When a transaction fails each batch is
 * written alone, so that a bad one fails alone.
 */
export function createWriteGroup<T>(options: WriteGroupOptions<T>): WriteGroup<T> {
  const waiting: Waiting<T>[] = [];
  let working: Promise<void> | undefined;
  const work = async (): Promise<void> => {
    await nextTurn();
    while (waiting.length > 0)
      await settle(await writeGroup(take(waiting, LARGEST_GROUP_WRITES), options), options);
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
function take<T>(waiting: Waiting<T>[], most: number): Waiting<T>[] {
  let count = 0;
  let writes = 0;
  for (const { batch } of waiting) {
    if (count > 0 && writes + batch.length > most) break;
    writes += batch.length;
    count += 1;
  }
  return waiting.splice(0, count);
}

/** @returns those that were written; the others were told why not. */
async function writeGroup<T>(
  group: Waiting<T>[],
  options: WriteGroupOptions<T>,
): Promise<readonly Waiting<T>[]> {
  const written: Waiting<T>[] = [];
  await workInTurns(options.clock, transactionsOf(group), (some) => {
    written.push(...writeTogether(some, options));
  });
  return written;
}

function* transactionsOf<T>(group: Waiting<T>[]): Generator<Waiting<T>[]> {
  while (group.length > 0) yield take(group, LARGEST_TRANSACTION_WRITES);
}

/** In one transaction. @returns those that were written; the others were told why not. */
function writeTogether<T>(some: readonly Waiting<T>[], options: WriteGroupOptions<T>): readonly Waiting<T>[] {
  try {
    options.write(some.flatMap(({ batch }) => batch));
    return some;
  } catch (error) {
    if (some.length > 1 && !options.isAboutAll(error))
      return some.flatMap((one) => writeTogether([one], options));
    for (const one of some) one.reject(error);
    return [];
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function settle<T>(
  written: readonly Waiting<T>[],
  { clock, sync, afterwards }: WriteGroupOptions<T>,
): Promise<void> {
  if (written.length === 0) return;
  try {
    await sync();
  } catch (error) {
    for (const one of written) one.reject(error);
    return;
  }
  await tellInTurns(clock, written, (one) => one.resolve());
  await afterwards();
}
