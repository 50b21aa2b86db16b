import type {
  ActivitySample,
  AxisReading,
  Domain,
  Evidence,
  Liveness,
  LivenessSignal,
  ProbeResult,
  ProbeSchedule,
  Progress,
  Readiness,
  Subsystem,
  SubsystemManifest,
  SubsystemStatus,
} from '@dreamnet/contracts';
import type { ArrivalWindow } from './phi-accrual.js';

/** Who is asked: the subsystem's `probe`, or its `status()`. */
export type InquiryKind = 'probe' | 'status';

/** One question under way. */
export interface Flight {
  readonly epoch: number;
  readonly identity: string | undefined;
  readonly startedMs: number;
  readonly controller: AbortController;
  readonly promise: Promise<ProbeResult>;
  /** First call wins; `undefined` means: void, as if never asked. */
  readonly finish: (answer: ProbeResult | undefined) => void;
  isDone: boolean;
  /** Its deadline was put off once because this process itself had stood still. */
  isExtended: boolean;
}

/** One way to ask a subsystem, on its schedule. */
export interface Inquiry {
  readonly kind: InquiryKind;
  schedule: ProbeSchedule;
  flight: Flight | undefined;
  /** Monotonic ms of the next question; other due entries for it are void. */
  dueMs: number;
  /** Answers in a row, good and bad. */
  successes: number;
  failures: number;
  lastFailure: ProbeResult | undefined;
  /** The question under way has been open suspiciously long. */
  isLate: boolean;
}

/** What it last said about itself, by a heartbeat or by `status()`. */
export interface ToldStatus {
  status: SubsystemStatus;
  by: InquiryKind | 'heartbeat';
  details: string | undefined;
}

/** Heartbeats of one sender. Times are monotonic ms. */
export interface Beats {
  lastSeenMs: number;
  hasArrived: boolean;
  lastSeq: number | undefined;
  lastSentAt: number | undefined;
  identity: string | undefined;
  ttlMs: number | undefined;
  arrivals: ArrivalWindow | undefined;
  isOverdue: boolean;
  overdueReason: string;
  overdueEvidence: Evidence | undefined;
  /** Monotonic ms of the queued look at its silence; other entries for it are void. undefined when none is queued. */
  checkMs: number | undefined;
  /** Numbers seen of what may be a restarted sender: the last one and how many came in a row. */
  restartSeq: number;
  restartRun: number;
  refused: number;
}

/** What is known of work in flight. Times are monotonic ms. */
export interface Work {
  inFlight: number | undefined;
  counter: number | undefined;
  toolCall: { name: string; startedAt: number; startedMs: number; untilMs: number } | undefined;
  anchor: ActivitySample | undefined;
  latest: ActivitySample | undefined;
  isSampling: boolean;
  /** When the present run of sampling began, and whether it has given a verdict yet. */
  samplingSinceMs: number | undefined;
  isAssessed: boolean;
  isTickQueued: boolean;
  lastMovedMs: number | undefined;
  movedBy: string;
  evidence: Evidence | undefined;
  /** Since when something is unanswered or in flight; undefined when nothing is. */
  pendingSinceMs: number | undefined;
}

/** Everything kept about one subsystem. A quiet one has no timer, no closure and no `beats` or `work` of its own. */
export interface HealthRecord {
  readonly name: string;
  subsystem: Subsystem;
  manifest: SubsystemManifest;
  domain: Domain;
  weight: number;
  isRegistered: boolean;
  identity: string | undefined;
  pastIdentities: readonly string[];
  /** Counts the lives of the process behind the name; what began in an earlier life does not count. */
  epoch: number;
  liveness: AxisReading<Liveness>;
  readiness: AxisReading<Readiness>;
  progress: AxisReading<Progress>;
  /** Whether the liveness was pushed by somebody who watches the process. */
  isWatched: boolean;
  /** Monotonic ms of the last liveness signal. */
  signalledMs: number;
  recovery: LivenessSignal['recovery'] | null;
  /** Failures do not count before this (monotonic ms): it may still be booting. 0 when it is not starting. */
  startingUntilMs: number;
  status: SubsystemStatus;
  rule: string;
  reason: string;
  lastUpdatedAt: number | null;
  /** The states listeners were last told. */
  shown: {
    status: SubsystemStatus;
    rule: string;
    liveness: Liveness;
    readiness: Readiness;
    progress: Progress;
  };
  told: ToldStatus | undefined;
  metrics: Readonly<Record<string, number>> | undefined;
  probe: Inquiry | undefined;
  poll: Inquiry | undefined;
  beats: Beats | undefined;
  work: Work | undefined;
  /** The last 32 answers and reports as bits, 1 = failed, newest lowest. */
  outcomes: number;
  outcomeCount: number;
  /** Smoothed answer time as a share of the timeout, 0..1. */
  latencyShare: number | undefined;
  /** Position in the list of summaries. */
  slot: number;
  isDirty: boolean;
  /** Flat triples factor, value, weight as they stand in the sums of the scores. */
  counted: readonly number[];
}

/** A reading that says nothing yet. */
export function unknownReading(reason: string, at: number): AxisReading<'unknown'> {
  return { state: 'unknown', reason, at, since: at };
}

/**
 * The next reading of an axis: `since` stays while the state does.
 *
 * @param at Epoch ms of the observation.
 */
export function nextReading<S extends string>(
  before: AxisReading<S>,
  state: S,
  seen: { reason: string; at: number; evidence?: Evidence | undefined },
): AxisReading<S> {
  const since = before.state === state ? before.since : seen.at;
  return seen.evidence === undefined
    ? { state, reason: seen.reason, at: seen.at, since }
    : { state, reason: seen.reason, at: seen.at, since, evidence: seen.evidence };
}

/** Work of a subsystem that has told nothing yet. */
export function createWork(): Work {
  return {
    inFlight: undefined,
    counter: undefined,
    toolCall: undefined,
    anchor: undefined,
    latest: undefined,
    isSampling: false,
    samplingSinceMs: undefined,
    isAssessed: false,
    isTickQueued: false,
    lastMovedMs: undefined,
    movedBy: '',
    evidence: undefined,
    pendingSinceMs: undefined,
  };
}

/** Heartbeats of a sender first expected at `nowMs`. */
export function createBeats(nowMs: number): Beats {
  return {
    lastSeenMs: nowMs,
    hasArrived: false,
    lastSeq: undefined,
    lastSentAt: undefined,
    identity: undefined,
    ttlMs: undefined,
    arrivals: undefined,
    isOverdue: false,
    overdueReason: '',
    overdueEvidence: undefined,
    checkMs: undefined,
    restartSeq: 0,
    restartRun: 0,
    refused: 0,
  };
}

/** A question not asked yet. */
export function createInquiry(kind: InquiryKind, schedule: ProbeSchedule): Inquiry {
  return {
    kind,
    schedule,
    flight: undefined,
    dueMs: Number.POSITIVE_INFINITY,
    successes: 0,
    failures: 0,
    lastFailure: undefined,
    isLate: false,
  };
}
