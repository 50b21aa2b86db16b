import type { SubsystemStatus } from './os-core.js';

/** The four domains of health and the four factors of each domain's score. */
export const DOMAIN_FACTORS = {
  infra: ['availability', 'serviceHealth', 'performance', 'errorRate'],
  economy: ['tokenEconomics', 'balanceHealth', 'rewardDistribution', 'stability'],
  social: ['engagement', 'activity', 'community', 'growth'],
  dreamPipeline: ['creation', 'completion', 'throughput', 'successRate'],
} as const;

export type Domain = keyof typeof DOMAIN_FACTORS;
export type Factor<D extends Domain = Domain> = (typeof DOMAIN_FACTORS)[D][number];

/** Does the process exist and get scheduled? `suspended` is a stopped (SIGSTOP, debugger) process. */
export type Liveness = 'alive' | 'suspended' | 'dead' | 'unknown';
/** Can it serve: did a real protocol round trip succeed? */
export type Readiness = 'ready' | 'not_ready' | 'unknown';
/** Does work in flight move? `idle` has none; `stuck` has some that does not move; `looping` moves in a circle. */
export type Progress = 'moving' | 'idle' | 'stuck' | 'looping' | 'unknown';

/** What was seen, as it was seen: small, JSON-safe, without secrets. */
export type Evidence = Readonly<Record<string, unknown>>;

/** One axis: its state, why, when it was last confirmed and since when it holds (epoch ms). */
export interface AxisReading<S extends string> {
  readonly state: S;
  readonly reason: string;
  readonly at: number;
  readonly since: number;
  readonly evidence?: Evidence;
}

export interface AxisHealth {
  readonly liveness: AxisReading<Liveness>;
  readonly readiness: AxisReading<Readiness>;
  readonly progress: AxisReading<Progress>;
}

/** A call of a tool or a model that was made. Two calls with the same `signature` are the same call made twice. */
export interface ReportedCall {
  /** What was called and with what, such as `search {"q":"x"}`, or a digest of it. Long ones are shortened to a digest. */
  signature: string;
  /** How many times in a row. Default 1. */
  times?: number;
}

/** A time to live beyond a year is a slip: nobody waits for longer than that for a report. */
export const LONGEST_TTL_MS = 365 * 86_400_000;

/** What a subsystem tells about itself; every field but `subsystem` and `status` may be left out. */
export interface HealthReport {
  subsystem: string;
  status: SubsystemStatus;
  details?: string;
  /** Epoch ms at the sender; ordering uses `seq` when present. */
  at?: number;
  /**
   * Counts up by one per report of one process; a repeat or an older number is ignored and counted. A process that begins
   * anew may begin with any number.
   */
  seq?: number;
  /** Work items being worked on now. */
  inFlight?: number;
  /** Any counter that grows while work moves. */
  progress?: number;
  /** Set while a tool call is open: it counts as work that moves until its own deadline, 10 min after `startedAt` by default. */
  openToolCall?: { name: string; startedAt: number; deadlineMs?: number };
  /**
   * The calls made since the last report, oldest first: the same one, or the same round of two or three, again and again
   * is `looping`. At most the last 100 are looked at.
   */
  calls?: readonly ReportedCall[];
  metrics?: Record<string, number>;
  /** It comes when there is something to tell and promises no next one: without a `ttlMs` the silence after it means nothing. */
  isIrregular?: boolean;
  /**
   * After this many ms without a report the subsystem is not ready any more; `LONGEST_TTL_MS` at most. It holds until the
   * next report: one without it goes by the manifest's `heartbeat.ttlMs` and the rhythm of the reports.
   */
  ttlMs?: number;
}

/** What became of a report. */
export type HeartbeatOutcome =
  /** `droppedMetrics`: of its metrics so many were not taken (not finite, no possible name, or a name too many). */
  | { readonly accepted: true; readonly droppedMetrics?: number }
  | {
      readonly accepted: false;
      readonly because: 'duplicate' | 'out_of_order' | 'from_the_future' | 'too_old' | 'unknown_subsystem';
    };

/** Answer of one probe. `ok: false` is an answer, not an exception. */
export interface ProbeResult {
  readonly ok: boolean;
  /** Somebody answered, be it badly: only who does not answer can be too busy to. Left out: as `ok`. */
  readonly isAnswered?: boolean;
  readonly reason: string;
  readonly latencyMs?: number;
  readonly evidence?: Evidence;
  /** Figures that came with the answer; they are taken like those of a report. */
  readonly metrics?: Readonly<Record<string, number>>;
  /** What the answer tells of work in flight. `movedAt` grows whenever it moved; only that it grows counts. */
  readonly work?: { readonly isBusy: boolean; readonly movedAt?: number };
}

/** Asks once; must settle soon after the signal aborts. A throw counts as `ok: false`. */
export type Probe = (signal: AbortSignal) => Promise<ProbeResult>;

/** Cumulative counters of a whole process tree: what moved between two samples is work. */
export interface ActivitySample {
  /** Monotonic ms of the sample. */
  readonly atMs: number;
  /** CPU time used so far, ms. */
  readonly cpuMs: number;
  /** Bytes read and written so far. */
  readonly ioBytes: number;
}

/** Calls that somebody carries to a subsystem and waits for, as they are now. All times are ms. */
export interface CarriedCalls {
  /** Without an answer so far: how old each is, and how long it may take yet. */
  readonly open: readonly { readonly ageMs: number; readonly leftMs: number }[];
  /** Since it answered one last; an error is an answer. */
  readonly answeredAgoMs?: number;
  /**
   * The calls given up since then because their time was over: how many, how long it took from the begin of the first to the end of the last,
   * and how long ago that was. Only those that waited long enough to mean something.
   */
  readonly unanswered?: { readonly count: number; readonly forMs: number; readonly agoMs: number };
}

/** How often an axis is asked and how many answers in a row change it. */
export interface ProbeSchedule {
  everyMs: number;
  timeoutMs: number;
  /** Consecutive good answers before `ready`. */
  rise: number;
  /** Consecutive bad answers before `not_ready`. */
  fall: number;
  /**
   * How long a new process may boot: until then questions unanswered, or a first heartbeat that does not come, are not held
   * against it. Default 10,000.
   */
  readyWithinMs?: number;
}

/** An axis reading pushed by whoever knows first (the supervisor on an exit, a protocol session on a close). */
export interface LivenessSignal {
  subsystem: string;
  state: Liveness;
  reason: string;
  /** Epoch ms of the observation. */
  at: number;
  /** Identity of the process meant (see `Subsystem.identity`), when known. */
  identity?: string;
  /** Another process is behind the name already, and is told of next: the end of this one counts all the same. */
  isReplaced?: boolean;
  /** It was booted before its turn: whether it serves is asked in a moment. */
  isWarm?: boolean;
  /** It ran before we did: its reports found nobody meanwhile, and its next try may be some time away. */
  isAdopted?: boolean;
  evidence?: Evidence;
  /** Who restarts it, when somebody already does. */
  recovery?:
    | { by: 'supervisor'; attempt: number; nextAttemptAt: number }
    | { by: 'nobody'; because: string; retryAt?: number };
}
