import type { HealthReport, HeartbeatOutcome } from '@dreamnet/contracts';
import type { HealthRecord } from './health-record.js';

/** A sender's clock may be this much ahead of ours; beyond it the report is a mistake or a lie. */
export const AHEAD_LIMIT_MS = 5_000;
/** A report older than this was kept somewhere and says nothing about now. */
export const AGE_LIMIT_MS = 3_600_000;
/** Without numbers, an older time stamp within this is a late report; further back the sender's clock was set. */
const REORDER_LIMIT_MS = 60_000;
/** So many reports in a row whose numbers grow are a new sender, whatever the old one had reached. */
const RUN_OF_NEW_SENDER = 3;
/** A report overtakes a few others at most; an error with a number further back is taken for a new sender's. */
const OVERTAKEN = 16;

/** What a report is judged against. */
export interface IntakeMoment {
  /** Epoch ms by the wall clock. */
  now: number;
  /** Epoch ms as it would be had nobody set the clock since the engine was made. */
  steadyNow: number;
  /** Monotonic ms. */
  nowMs: number;
  /** The process behind the name now. */
  identity: string | undefined;
  /** After this long without a report the sender counts as gone. */
  silenceLimitMs: () => number;
}

type Refusal = Extract<HeartbeatOutcome, { accepted: false }>['because'];
const ACCEPTED: HeartbeatOutcome = { accepted: true };

/**
 * Is this report news? Pure but for the run that is noted of a sender that may have begun anew. O(1).
 *
 * A time stamp is refused only when it is wrong by our wall clock and by our steady clock alike, so that
 * setting either machine's clock refuses nothing.
 */
export function judgeReport(
  sender: HealthRecord,
  report: HealthReport,
  moment: IntakeMoment,
): HeartbeatOutcome {
  const because = stampProblem(report, moment) ?? orderProblem(sender, report, moment);
  return because === undefined ? ACCEPTED : { accepted: false, because };
}

function stampProblem({ at }: HealthReport, { now, steadyNow }: IntakeMoment): Refusal | undefined {
  if (at === undefined) return undefined;
  if (Math.min(at - now, at - steadyNow) > AHEAD_LIMIT_MS) return 'from_the_future';
  if (Math.min(now - at, steadyNow - at) > AGE_LIMIT_MS) return 'too_old';
  return undefined;
}

function orderProblem(sender: HealthRecord, report: HealthReport, moment: IntakeMoment): Refusal | undefined {
  if (!sender.hasBeaten || isNewProcess(sender, moment)) return undefined;
  if (report.seq === undefined) return stampOrder(sender, report.at);
  return numberOrder(sender, { ...report, seq: report.seq }, moment);
}

function isNewProcess(sender: HealthRecord, { identity }: IntakeMoment): boolean {
  return identity !== undefined && sender.beatIdentity !== undefined && identity !== sender.beatIdentity;
}

/** A sender may begin anew with any number: nothing says that its numbers were kept, or that they begin at one. */
function numberOrder(
  sender: HealthRecord,
  { seq, at, status }: HealthReport & { seq: number },
  moment: IntakeMoment,
): Refusal | undefined {
  const last = sender.lastSeq;
  if (Number.isNaN(last) || seq > last) return undefined;
  if (moment.nowMs - sender.lastSeenMs > moment.silenceLimitMs()) return undefined;
  if (seq === last) return 'duplicate';
  if (stampOrder(sender, at) !== undefined) return 'out_of_order';
  if (at !== undefined && at > sender.lastSentAt) return undefined;
  const run = seq > (sender.restart?.seq ?? Number.NaN) ? (sender.restart?.run ?? 0) + 1 : 1;
  sender.restart = { seq, run };
  const isFarError = status === 'error' && last - seq > OVERTAKEN;
  return run >= RUN_OF_NEW_SENDER || isFarError ? undefined : 'out_of_order';
}

function stampOrder(sender: HealthRecord, at: number | undefined): Refusal | undefined {
  const last = sender.lastSentAt;
  if (at === undefined || Number.isNaN(last) || at > last) return undefined;
  if (at === last) return 'duplicate';
  return last - at <= REORDER_LIMIT_MS ? 'out_of_order' : undefined;
}
