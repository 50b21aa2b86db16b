import type { GroupDecisionView, GroupPhase, StoredRecord } from '@dreamnet/contracts';
import type { ChildState } from '../restart-policy/restart-group.js';

/** The collection of the store that holds one record per outermost group. */
export const GROUPS_COLLECTION = 'supervised-groups';

/** Members on their way from one process to the next. A new supervisor finds it here and finishes it. */
export interface GroupOperation {
  readonly member: string;
  /** The group by whose strategy it was decided. */
  readonly group: string;
  /** Epoch ms. */
  readonly begunAt: number;
  /** What follows when all have ended: they start, or the group waits for its next try. */
  readonly aim: 'start' | 'break';
  /** Not started before; epoch ms. */
  readonly notBefore: number;
  /** All of it, in start order. */
  readonly members: readonly string[];
  /** The newest start each had been asked for when it began: whatever runs of those ends, a later one has been started by it. */
  readonly was: Readonly<Record<string, number>>;
  /** Those that have not been started yet, in start order. */
  readonly pending: readonly string[];
}

/** What must survive the supervisor's own death of one outermost group. Times are epoch ms. */
export interface GroupRecord {
  readonly name: string;
  readonly phase: GroupPhase;
  readonly operation: GroupOperation | null;
  readonly retryAt: number | null;
  readonly lastDecision: GroupDecisionView | null;
  readonly history: {
    readonly circuit: 'closed' | 'open' | 'half_open';
    readonly failedTrials: number;
    readonly culprit: string | null;
    readonly groups: readonly {
      readonly name: string;
      readonly restartsAt: readonly number[];
      readonly children: readonly {
        readonly id: string;
        readonly state: ChildState;
        readonly starts: number;
      }[];
    }[];
  };
}

/** Reads a stored record back. @returns undefined for a value of another shape. */
export function readGroupRecord({ value }: StoredRecord): GroupRecord | undefined {
  const record = value as Partial<GroupRecord> | null;
  const isOurs =
    typeof record?.name === 'string' &&
    typeof record.phase === 'string' &&
    Array.isArray(record.history?.groups) &&
    (record.operation === null || Array.isArray(record.operation?.pending));
  return isOurs ? (record as GroupRecord) : undefined;
}
