import type { Store, StoreWrite } from '@dreamnet/contracts';
import { createErrors, DreamnetError, KIT_ERRORS } from './errors.js';

const kitError = createErrors(KIT_ERRORS);

/** A write that a store will never take, and why: too long, without a form in JSON, or with a name that could not be found again. */
export interface Unstorable {
  /** Its place in the refused commit, from 0. */
  place: number;
  because: string;
}

/** Which writes made a store refuse a commit for good; none when it failed for any other reason, such as a full disk. */
export function unstorableOf(thrown: unknown): readonly Unstorable[] {
  const found = DreamnetError.is(thrown) ? thrown.details.unstorable : undefined;
  return Array.isArray(found) ? (found as Unstorable[]) : [];
}

/** What a write is called: `incidents/incident-1`, or the name of its journal. */
export function nameOfWrite(write: StoreWrite): string {
  return write.op === 'append' ? write.journal : `${write.collection}/${write.key}`;
}

/** The trouble of a record that was left out. */
export function droppedRecord(record: string, because: string): DreamnetError {
  return kitError('DN_KIT_RECORD_DROPPED', { record, because });
}

/**
 * Commits many records of which none needs another. One that can never be stored is left out by itself: it neither keeps
 * the others from being stored nor is to be tried again.
 *
 * @param onDropped Called for each, before the others are committed; told a coded trouble that names it.
 * @throws What the store threw, when that is about no single record; what was dropped before stays dropped.
 */
export async function commitStorable(
  store: Pick<Store, 'commit'>,
  writes: readonly StoreWrite[],
  onDropped: (trouble: DreamnetError, write: StoreWrite) => void,
): Promise<void> {
  let left = writes;
  for (;;) {
    try {
      await store.commit(left);
      return;
    } catch (thrown) {
      const reasons = new Map(unstorableOf(thrown).map(({ place, because }) => [place, because]));
      const good = left.filter((_, at) => !reasons.has(at));
      if (good.length === left.length) throw thrown;
      for (const [at, write] of left.entries()) {
        const because = reasons.get(at);
        if (because !== undefined) onDropped(droppedRecord(nameOfWrite(write), because), write);
      }
      if (good.length === 0) return;
      left = good;
    }
  }
}
