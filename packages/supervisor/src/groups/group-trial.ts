import type { ProcessGroupSpec } from '@dreamnet/contracts';
import type { ExitKind, RestartGroup } from '../restart-policy/restart-group.js';
import type { GroupForest } from './group-forest.js';

/** What the past of one outermost group means for its next restart. Replaced, never changed in place. */
export interface GroupHistory {
  /** Name → the group as Erlang/OTP's rules see it; a group that is missing has no past. */
  readonly groups: ReadonlyMap<string, RestartGroup>;
  /** `open`: it gave up; `half_open`: a try after that runs. */
  readonly circuit: 'closed' | 'open' | 'half_open';
  /** Tries in a row that failed. */
  readonly failedTrials: number;
  /** The process by whose end it gave up. */
  readonly culprit: string | null;
}

/** One run of a member that is over. */
export interface MemberExit {
  readonly id: string;
  readonly exit: ExitKind;
  /** Monotonic ms. */
  readonly atMs: number;
  readonly ranMs: number;
  /** Whether it was seen to serve, or ran long enough. */
  readonly isHealthy: boolean;
}

/** What somebody or something did to a member while its group is tried after giving up, or waits for that. */
export type TrialEvent =
  /** A run is over that its restart type brings back. */
  | 'ended'
  /** The same, after it was seen to serve or ran long enough for that. */
  | 'ended_healthy'
  /** A run is over, and its restart type asks for no other. */
  | 'done'
  /** It has run for as long as restarts are counted. */
  | 'settled'
  | 'stopped_by_person'
  | 'started_by_person';

/** `fail`: the next try waits longer. `close`: the group is as good as new. `restart`: it counts within the try. `go_on`: nothing. */
export type TrialVerdict = 'fail' | 'close' | 'restart' | 'go_on';

/**
 * Who × what happens in a try → what becomes of the try. Being ready is no success yet: one that serves for a moment and ends, again
 * and again, would be restarted without end.
 */
export const TRIAL = {
  culprit: {
    ended: 'fail',
    ended_healthy: 'fail',
    done: 'close',
    settled: 'close',
    stopped_by_person: 'close',
    started_by_person: 'close',
  },
  other: {
    ended: 'fail',
    ended_healthy: 'restart',
    done: 'go_on',
    settled: 'go_on',
    stopped_by_person: 'go_on',
    started_by_person: 'close',
  },
} as const satisfies Record<'culprit' | 'other', Record<TrialEvent, TrialVerdict>>;

/** A group that nothing has happened to. */
export const NO_GROUP_HISTORY: GroupHistory = {
  groups: new Map(),
  circuit: 'closed',
  failedTrials: 0,
  culprit: null,
};

/** The history while a try after giving up runs: whatever its members did before does not count. */
export function beginGroupTrial(history: GroupHistory): GroupHistory {
  return { ...history, groups: new Map(), circuit: 'half_open' };
}

/**
 * What an event means for the try that runs, or is waited for; pure. A culprit that has left the group, as a replica does, is stood
 * in for by anybody.
 *
 * @returns `go_on` and the same history while no circuit is open.
 */
export function judgeTrial(
  { forest, history }: { readonly forest: GroupForest; readonly history: GroupHistory },
  id: string,
  event: TrialEvent,
): { readonly history: GroupHistory; readonly verdict: TrialVerdict } {
  const { circuit, culprit } = history;
  if (circuit === 'closed') return { history, verdict: 'go_on' };
  const isCulprit = id === culprit || isGone(forest, id, culprit);
  const verdict = TRIAL[isCulprit ? 'culprit' : 'other'][event];
  return { history: verdict === 'close' ? NO_GROUP_HISTORY : history, verdict };
}

/** How long a process of a group must run so that a try has succeeded: as long as restarts are counted, ms. */
export function settledAfterMs({ periodMs }: ProcessGroupSpec, resetAfterMs: number): number {
  return Math.max(periodMs, resetAfterMs);
}

/** A run that was long enough for a try to have succeeded, and whose end was seen before that was. */
export function hasSettled(
  { forest, history }: { readonly forest: GroupForest; readonly history: GroupHistory },
  { id, ranMs, isHealthy }: MemberExit,
): boolean {
  const periodMs = forest.rootOf(id)?.periodMs ?? 0;
  if (!isHealthy || ranMs < periodMs) return false;
  return judgeTrial({ forest, history }, id, 'settled').verdict === 'close';
}

function isGone(forest: GroupForest, id: string, culprit: string | null): boolean {
  const root = forest.rootOf(id);
  return culprit !== null && root !== undefined && !forest.leavesOf(root.name).includes(culprit);
}
