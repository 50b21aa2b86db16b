import type { Clock, ExitRecord, PublishEvent, RestartType, SupervisedPhase } from '@dreamnet/contracts';
import type { GroupRecord } from '../records/group-record.js';

/** One process as its group moves it. */
export interface GroupMember {
  readonly phase: SupervisedPhase;
  /** `pid:startTicks` of the process that runs. */
  readonly identity: string | null;
  /** Of the process that runs, by its own start: ms; 0 while none runs. */
  readonly ranMs: number;
  /** Which start this is or was, counted from 1 over all supervisors. */
  readonly generation: number;
  readonly type: RestartType;
  readonly lastExit: ExitRecord | null;
  /** A run this long is healthy, ms. */
  readonly resetAfterMs: number;
  /** Ends it; resolves when nothing of it is left. */
  endWith(group: string): Promise<void>;
  /** Its own next start, which has not begun, is off: it waits for its turn. What runs or starts already stays. */
  holdBack(): void;
  /** Nothing of it runs: it waits for its turn. */
  hold(): void;
  /** Starts up to this one are of the past, be anything known of them or not. */
  skipGenerations(upTo: number): void;
  /** Its turn has come; does nothing when somebody else decided about it meanwhile. */
  startHeld(): void;
  /** As `startHeld`, when its own backoff is over. */
  resumeHeld(): void;
  /** It was held, and does not start again. */
  finishHeld(): void;
  /** @param retryAt Epoch ms. */
  breakUntil(retryAt: number): void;
}

/**
 * Resolves when a member may start, because what it comes after is ready or was waited for long enough; with false when it must
 * not, because somebody stopped it. The signal aborts when its group decided otherwise.
 */
export type MayStart = (id: string, signal: AbortSignal) => Promise<boolean>;

/** What every group of one supervisor shares. */
export interface GroupSurroundings {
  readonly clock: Clock;
  readonly publish: PublishEvent;
  /** undefined when it was never launched here. */
  readonly member: (id: string) => GroupMember | undefined;
  readonly mayStart: MayStart;
  /** These are moved by the outermost group `by` from now on, and by no other. */
  readonly claim: (ids: readonly string[], by: string) => void;
  /** Notes that a record changed; null deletes it. */
  readonly save: (name: string, read: () => GroupRecord | null) => void;
  /** Resolves when what was saved is on disk, or could not be written. */
  readonly saved: () => Promise<void>;
}
