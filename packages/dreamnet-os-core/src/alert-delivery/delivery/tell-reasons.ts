import type { LoggedNotification } from '../notification-log/notification-log.js';

/** What a notifier would be told now, and what it was told last. */
export interface TellQuestion {
  told: LoggedNotification | undefined;
  firing: readonly string[];
  resolved: readonly string[];
  sendsResolved: boolean;
  repeatIntervalMs: number;
  /** Monotonic, as when it was told last: setting the clock neither repeats nor holds back. */
  nowMs: number;
}

export type TellReason =
  | 'first'
  | 'new-firing'
  | 'all-resolved'
  | 'new-resolved'
  | 'unfinished'
  | 'repeat'
  | 'known';

interface TellRule {
  reason: TellReason;
  /** Is this the reason? The first that says yes decides. */
  compare: (question: TellQuestion) => boolean;
}

/** A tick that comes at the repeat interval is not put off because a timer or a clock was off by this much. */
const GRAIN_MS = 10;

/**
 * When a notifier is told of a group again, in this order; the last one is not to tell.
 *
 * @source Alertmanager's DedupStage, by its documented behaviour
 */
const RULES: readonly TellRule[] = [
  { reason: 'first', compare: ({ told, firing }) => told === undefined && firing.length > 0 },
  // Nobody needs to hear of the end of what they never heard of.
  { reason: 'known', compare: ({ told }) => told === undefined },
  { reason: 'new-firing', compare: ({ told, firing }) => !isSubset(firing, told?.firing) },
  { reason: 'all-resolved', compare: ({ told, firing }) => firing.length === 0 && told?.firing.length !== 0 },
  { reason: 'unfinished', compare: isUnfinished },
  { reason: 'known', compare: ({ firing }) => firing.length === 0 },
  {
    reason: 'new-resolved',
    compare: ({ told, resolved, sendsResolved }) => sendsResolved && !isSubset(resolved, told?.resolved),
  },
  { reason: 'repeat', compare: isTimeToRepeat },
];

/** @returns Why the notifier is to be told, or `known` when it is not. */
export function tellReason(question: TellQuestion): TellReason {
  return RULES.find(({ compare }) => compare(question))?.reason ?? 'known';
}

function isTimeToRepeat({ told, nowMs, repeatIntervalMs }: TellQuestion): boolean {
  return (told?.atMs ?? Number.NEGATIVE_INFINITY) <= nowMs - repeatIntervalMs + GRAIN_MS;
}

/** Some behind the notifier have just this, and the others are worth another try. */
function isUnfinished(question: TellQuestion): boolean {
  const { told, firing, resolved } = question;
  if (told?.isPartly !== true || isTimeToRepeat(question)) return false;
  return isSameSet(firing, told.firing) && isSameSet(resolved, told.resolved);
}

function isSameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && isSubset(one, other);
}

/** Small lists are quicker to search than to index. */
const SEARCHED = 8;

function isSubset(part: readonly string[], whole: readonly string[] = []): boolean {
  if (part.length === 0) return true;
  // Neither names one twice: more cannot be within fewer. A group that grows is seen at once, however large.
  if (part.length > whole.length) return false;
  // Nothing but the order of the group decides the order of both, so an unchanged group is seen in one pass.
  if (part.length === whole.length && part.every((one, at) => one === whole[at])) return true;
  if (whole.length <= SEARCHED) return part.every((one) => whole.includes(one));
  const known = new Set(whole);
  return part.every((one) => known.has(one));
}
