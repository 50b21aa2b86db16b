import type {
  ActivitySample,
  CarriedCalls,
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
import { type AxisState, axisState } from './axis-states.js';
import type { CallRun } from './call-loops.js';
import type { MetricShelf } from './metric-shelf.js';
import { PackedRow, type RowPool } from './packed-rows.js';

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

/** Expected heartbeats stopped: since how long, and what for a silence was expected. */
export interface Overdue {
  reason: string;
  evidence: Evidence;
}

/** What is known of work in flight. Times are monotonic ms. */
export interface Work {
  inFlight: number | undefined;
  /** The last report that told `inFlight`, while it counts: it is more exact than what an answer to a probe says. */
  reported: { atMs: number; isIrregular: boolean } | undefined;
  /** What the last answer to a probe said of it: 1 for busy, 0 for not. */
  answered: number | undefined;
  counter: number | undefined;
  /** The greatest `movedAt` of its answers. */
  answeredMovedAt: number | undefined;
  toolCall: { name: string; startedAt: number; startedMs: number; untilMs: number } | undefined;
  /** The calls it reported, once it did. */
  calls: CallRun | undefined;
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
  /** The calls that somebody carries to it, as last looked at. */
  carried: CarriedCalls | undefined;
}

/** The states as last derived, which are those listeners were last told. */
export interface ShownStates {
  readonly status: SubsystemStatus;
  readonly rule: string;
  readonly liveness: Liveness;
  readonly readiness: Readiness;
  readonly progress: Progress;
}

const NOTHING_SHOWN: ShownStates = {
  status: 'unknown',
  rule: 'nothing_known',
  liveness: 'unknown',
  readiness: 'unknown',
  progress: 'unknown',
};
const NO_NAMES: readonly string[] = [];
const NO_TERMS: readonly number[] = [];
const NO_MANIFEST: SubsystemManifest = {};

/**
 * Everything kept about one subsystem. A quiet one has no timer, no closure and no objects of its own beside this and
 * its row of numbers: what is said of many is shared.
 */
export class HealthRecord extends PackedRow {
  // First what every report touches, so that it lies together.
  readonly name: string;
  told: ToldStatus | undefined = undefined;
  /** Numbers seen of what may be a restarted sender: the last one and how many came in a row. */
  restart: { seq: number; run: number } | undefined = undefined;
  /** Who reported after it the last time: a fleet mostly reports in the same order. */
  follower: HealthRecord | undefined = undefined;
  /** Nothing but a report that says something else changes its health: the next one like the last is taken at once. */
  isSettled = false;
  isRegistered = true;
  isDirty = false;
  /** The last 32 answers and reports as bits, 1 = failed, newest lowest. */
  outcomes = 0;
  outcomeCount = 0;
  subsystem: Subsystem;
  manifest: SubsystemManifest = NO_MANIFEST;
  domain: Domain = 'infra';
  weight = 1;
  identity: string | undefined = undefined;
  pastIdentities: readonly string[] = NO_NAMES;
  /** Counts the lives of the process behind the name; what began in an earlier life does not count. */
  epoch = 0;
  liveness: AxisState<Liveness> = axisState('unknown', 'nothing tells whether it lives');
  readiness: AxisState<Readiness> = axisState('unknown', 'it has not been asked and has told nothing');
  progress: AxisState<Progress> = axisState('unknown', 'nothing tells of its work');
  /** Whether the liveness was pushed by somebody who watches the process. */
  isWatched = false;
  /** Its process ran before we did. */
  isAdopted = false;
  recovery: LivenessSignal['recovery'] | null = null;
  reason = 'nothing is known of it';
  shown: ShownStates = NOTHING_SHOWN;
  metrics: MetricShelf | undefined = undefined;
  probe: Inquiry | undefined = undefined;
  poll: Inquiry | undefined = undefined;
  work: Work | undefined = undefined;
  /** Heartbeats are expected, or have come. */
  hasBeats = false;
  /** One has come from the process that is there now. */
  hasBeaten = false;
  /** The last one promised no next one. */
  isIrregular = false;
  overdue: Overdue | undefined = undefined;
  beatIdentity: string | undefined = undefined;
  /** Reports refused so far. */
  refused = 0;
  /** What the last report in error said that was refused since one was taken, without secrets. */
  refusedError: string | undefined = undefined;
  /** Position in the list of summaries. */
  slot = -1;
  /** A look at the age of its metrics is queued. */
  isStaleQueued = false;
  /** Flat triples factor, value, weight as they stand in the sums of the scores. */
  counted: readonly number[] = NO_TERMS;

  /** @param at Epoch ms since which nothing is known of it. */
  constructor(pool: RowPool, name: string, given: { subsystem: Subsystem; at: number }) {
    super(pool);
    this.name = name;
    this.subsystem = given.subsystem;
    const { at } = given;
    this.livenessAt = at;
    this.livenessSince = at;
    this.readinessAt = at;
    this.readinessSince = at;
    this.progressAt = at;
    this.progressSince = at;
  }

  get status(): SubsystemStatus {
    return this.shown.status;
  }
  get rule(): string {
    return this.shown.rule;
  }
}

/** Work of a subsystem that has told nothing yet. */
export function createWork(): Work {
  return {
    inFlight: undefined,
    reported: undefined,
    answered: undefined,
    answeredMovedAt: undefined,
    counter: undefined,
    toolCall: undefined,
    calls: undefined,
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
    carried: undefined,
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
