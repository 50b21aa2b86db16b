import type {
  ExitRecord,
  LocalProcessSpec,
  ProcessIdentity,
  StoredRecord,
  SupervisedPhase,
} from '@dreamnet/contracts';
import type { KitPlace } from '../launch-kit.js';
import type { StoredStop } from '../stop/stop-log.js';

/** The collection of the store that holds one record per supervised process. */
export const SUPERVISED_COLLECTION = 'supervised';

/** What must survive the supervisor's own death. Times are epoch ms. No environment: it may hold secrets. */
export interface ProcessRecord {
  readonly id: string;
  readonly phase: SupervisedPhase;
  /** Of the process that is named here; of the newest start when there is none. */
  readonly generation: number;
  /** Of the newest start, also of a spare. */
  readonly newest?: number;
  /** Which of its two places for limits and the like it is in. */
  readonly place?: KitPlace;
  /** One that waits beside it. */
  readonly spare?: { readonly identity: ProcessIdentity; readonly generation: number };
  readonly identity: ProcessIdentity | null;
  readonly stdio: LocalProcessSpec['stdio'];
  readonly startedAt: number | null;
  readonly restarts: number;
  readonly lastExit: ExitRecord | null;
  readonly nextAttemptAt: number | null;
  /** While it is being stopped. */
  readonly stop?: StoredStop;
  readonly history: {
    readonly restartsAt: readonly number[];
    readonly shortRuns: number;
    readonly circuit: 'closed' | 'open' | 'half_open';
    readonly failedTrials: number;
  };
}

/**
 * Reads a stored record back.
 *
 * @returns undefined for a value of another shape (an older version's): what runs is then found by its marker.
 */
export function readRecord({ value }: StoredRecord): ProcessRecord | undefined {
  const record = value as Partial<ProcessRecord> | null;
  const isOurs =
    typeof record?.id === 'string' &&
    typeof record.phase === 'string' &&
    typeof record.generation === 'number' &&
    typeof record.restarts === 'number' &&
    Array.isArray(record.history?.restartsAt);
  return isOurs ? (record as ProcessRecord) : undefined;
}
