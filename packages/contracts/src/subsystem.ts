import type {
  ActivitySample,
  CarriedCalls,
  Domain,
  Evidence,
  Factor,
  Probe,
  ProbeSchedule,
} from './health.js';
import type { SubsystemStatus } from './os-core.js';

/** What `status()` of a subsystem may answer: the bare word, or the word with details. */
export type StatusAnswer =
  | SubsystemStatus
  | { status: SubsystemStatus; details?: string; metrics?: Record<string, number>; evidence?: Evidence };

/** Where a declaration stands, so that a message can point at it. Line and column count from 1. */
export interface SourcePlace {
  file: string;
  line: number;
  column: number;
}

/** Weights in a score, of subsystems and of indicators: the product of two is counted in ten-thousandths, and never as nothing. */
export const LEAST_WEIGHT = 0.01;
/** The same: a larger one would leave the others as good as uncounted. */
export const LARGEST_WEIGHT = 100;

/** Maps one metric to 0..1: `good` or better is 1, `bad` or worse is 0, linear between. */
export interface Indicator {
  metric: string;
  factor: Factor;
  good: number;
  bad: number;
  /** `LEAST_WEIGHT` to `LARGEST_WEIGHT`, times that of the subsystem. Default 1. */
  weight?: number;
}

export interface DependencyDeclaration {
  name: string;
  /** A semver range the dependency's `manifest.version` must satisfy. */
  range?: string;
  /** An optional dependency explains but never breaks its dependent. Default false. */
  optional?: boolean;
}

export interface ConnectionDeclaration {
  target: string;
  /** Is it there? Called when gaps are looked for. */
  isConnected?: () => boolean | Promise<boolean>;
}

export interface SyncDeclaration {
  source: string;
  maxLagMs: number;
  /** The lag seen now, ms. */
  lagMs?: () => number | Promise<number>;
}

/** What a subsystem declares about itself. Everything is optional. */
export interface SubsystemManifest {
  version?: string;
  domain?: Domain;
  /** Weight in its domain's score, `LEAST_WEIGHT` to `LARGEST_WEIGHT`. Default 1. */
  weight?: number;
  dependsOn?: readonly (string | DependencyDeclaration)[];
  /** JSON Schema (draft 2020-12) that `config()` must satisfy. */
  requiredConfig?: Readonly<Record<string, unknown>>;
  connections?: readonly (string | ConnectionDeclaration)[];
  provides?: readonly string[];
  needs?: readonly string[];
  syncs?: readonly SyncDeclaration[];
  indicators?: readonly Indicator[];
  /** Reports are expected: after `ttlMs` without one it is not ready, even if none has ever come. */
  heartbeat?: { ttlMs: number };
  /** Work in flight that has not moved for this long is stuck. Default 60 000 ms. */
  stallAfterMs?: number;
  /** The same call (see `HealthReport.calls`) made so many times in a row is a loop; 0 never. Default 10. */
  loopAfter?: number;
  declaredAt?: SourcePlace;
}

/** Answer of a power such as `restart()`. Returning nothing means: done, go and verify. */
export type PowerAnswer = undefined | { ok: boolean; details?: string; evidence?: Evidence };
type Power<A extends unknown[]> = (...args: A) => PowerAnswer | Promise<PowerAnswer> | void | Promise<void>;

/** A configuration problem the subsystem knows itself, such as a secret that is bound but not there. */
export interface ConfigurationProblem {
  /** Stable within the subsystem: the same problem keeps its key. */
  key: string;
  description: string;
  expected: string;
  observed: string;
  declaredAt?: SourcePlace;
  /** What a person types to mend it, when no machine can. */
  remedyHint?: string;
  /** Set when `configure(patch)` with this patch mends it. */
  patch?: Readonly<Record<string, unknown>>;
}

/** What a subsystem ran short of when it last ended. */
export interface ResourceShortage {
  /** In words: which resource, how much of it there was, what came of it. */
  description: string;
  /** Set when `configure(patch)` gives it more; the description says how much. */
  more?: { description: string; patch: Readonly<Record<string, unknown>> };
}

/**
 * Anything with health. Any object will do: each power is found by its method, and an object without
 * `status()` is `unknown`, never `ok`.
 */
export interface Subsystem {
  manifest?: SubsystemManifest;
  status?(): StatusAnswer | Promise<StatusAnswer>;
  /** The configuration in force, without secrets. */
  config?(): Readonly<Record<string, unknown>> | Promise<Readonly<Record<string, unknown>>>;
  /** Problems it knows of itself; they become `configuration_issue` gaps. */
  problems?(): readonly ConfigurationProblem[];
  /** Set while it is down for want of something: a restart alone would end the same way. */
  shortage?(): ResourceShortage | undefined;
  /** Changes with every new process behind the name, e.g. `pid:startTime`; undefined while there is none. */
  identity?(): string | undefined;
  /** A real round trip, independent of `status()`. Readiness comes from here when present. */
  probe?: Probe;
  probeSchedule?: Partial<ProbeSchedule>;
  /** Counters of the process tree, for the progress axis. */
  activity?(): ActivitySample | undefined | Promise<ActivitySample | undefined>;
  /** What is known of the calls it is to answer: work that nobody else may tell of. Asked at every look at it; must be cheap. */
  carriedCalls?(): CarriedCalls | undefined;
  restart?: Power<[reason: string]>;
  configure?: Power<[patch: Readonly<Record<string, unknown>>]>;
  scale?: Power<[replicas: number]>;
  connect?: Power<[target: string]>;
  resync?: Power<[source: string]>;
}

/** Every subsystem by name. */
export type DreamNetOSContext = Readonly<Record<string, Subsystem | object>>;
