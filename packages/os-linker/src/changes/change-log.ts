import type { StoreWrite } from '@dreamnet/contracts';
import { appendRecordedChange } from '../state/stored-state.js';
import type { Redactor } from '../vault/redactor.js';
import { diffData } from './diff-data.js';
import type { RecordedChange } from './recorded-change.js';

/** What was changed, before and after. */
export interface ChangeInput extends Omit<RecordedChange, 'fields' | 'at'> {
  before: unknown;
  after: unknown;
}

/** The newest changes; the journal keeps more. */
export interface ChangeLog {
  /** A masked change and the write that stores it; not in the log before `add`. */
  describe(input: ChangeInput): { change: RecordedChange; write: StoreWrite };
  add(change: RecordedChange): void;
  /** How many changes concerned a process since this log was begun. */
  count(processId: string): number;
  /** Oldest first; `limit` takes the newest. */
  list(filter?: { processId?: string; limit?: number }): readonly RecordedChange[];
}

/** Kept in memory; a day of a busy fleet. */
const CHANGES_KEPT = 2000;

/** An empty log. */
export function createChangeLog(tools: { now: () => number; redactor?: Redactor }): ChangeLog {
  let changes: RecordedChange[] = [];
  const counts = new Map<string, number>();
  return {
    describe: ({ before, after, ...rest }) => {
      const fields = diffData(before, after);
      const change: RecordedChange = {
        at: tools.now(),
        ...rest,
        fields: tools.redactor?.redactData(fields) ?? fields,
      };
      return { change, write: appendRecordedChange(change) };
    },
    add: (change) => {
      changes.push(change);
      for (const id of change.processIds) counts.set(id, (counts.get(id) ?? 0) + 1);
      // In bulk: moving thousands of entries at every change would be slower than the change.
      if (changes.length > 2 * CHANGES_KEPT) changes = changes.slice(-CHANGES_KEPT);
    },
    count: (processId) => counts.get(processId) ?? 0,
    list: ({ processId, limit = CHANGES_KEPT } = {}) => {
      if (limit <= 0) return [];
      const among =
        processId === undefined
          ? changes
          : changes.filter(({ processIds }) => processIds.includes(processId));
      return structuredClone(among.slice(-limit));
    },
  };
}
