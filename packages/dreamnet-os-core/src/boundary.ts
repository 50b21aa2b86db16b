import type {
  ActivitySample,
  Alert,
  AlertType,
  AxisHealth,
  Clock,
  Domain,
  Evidence,
  GlobalHealthScores,
  HealthExplanation,
  HealthReport,
  HeartbeatOutcome,
  Liveness,
  LivenessSignal,
  MetricSample,
  ProbeResult,
  PublishEvent,
  Severity,
  Store,
  Subsystem,
  SubsystemManifest,
  SubsystemStatus,
  SubsystemSummary,
} from '@dreamnet/contracts';

/** What every room of this package is built with. */
export interface RoomOptions {
  clock: Clock;
  publish: PublishEvent;
  /** Without a store everything lives in memory only. */
  store?: Store;
  /** 0..1; tests give their own. */
  random?: () => number;
}

/** All that is known of one subsystem's health now. */
export interface SubsystemHealth {
  name: string;
  domain: Domain;
  status: SubsystemStatus;
  /** The rule that gave the status, in words. */
  reason: string;
  /** Name of that rule (`health/status-rules.ts`): `dead`, `busy`, `not_ready`, ... */
  rule?: string;
  axes: AxisHealth;
  /** Work it has in flight by its own newest report; absent when it does not tell. */
  inFlight?: number;
  /** Epoch ms of the newest evidence; null before any. */
  lastUpdatedAt: number | null;
  /** Set while somebody else restarts it, from the last liveness signal. */
  recovery: LivenessSignal['recovery'] | null;
}

export interface HealthChange {
  before: SubsystemStatus;
  after: SubsystemHealth;
  at: number;
}

/** Signals in, health out. Made by `createHealthEngine(options)` in `health/`. */
export interface HealthEngine {
  register(name: string, subsystem: Subsystem): void;
  unregister(name: string): void;
  subsystem(name: string): Subsystem | undefined;
  manifest(name: string): SubsystemManifest;
  names(): readonly string[];
  read(name: string): SubsystemHealth | undefined;
  /** Names of all rules of the status word that hold and are a warning or an error: the word itself tells of the first alone. */
  troubles(name: string): readonly string[];
  /** That axis alone, without an object made of it: for who asks of everybody each second. */
  livenessOf(name: string): Liveness | undefined;
  /**
   * @param columns The metrics, instead of those in the report.
   * @param arrivedAt Epoch ms, default now: the time of its metrics where the report has none.
   */
  heartbeat(report: HealthReport, columns?: MetricColumns, arrivedAt?: number): HeartbeatOutcome;
  signal(signal: LivenessSignal): void;
  /** Takes figures that somebody else measured of it: they are no word of its own and leave its health as it is. */
  measure(name: string, metrics: Readonly<Record<string, number>>): void;
  /** What its `carriedCalls()` says has changed in a way that counts: one was given up, or one was answered after that. */
  lookAtCalls(name: string): void;
  /** Called with the name of each that was registered, registered anew or unregistered. */
  onRegistered(listener: (name: string) => void): void;
  /** Calls `status()` of every subsystem that has one; answers that come later are taken when they come. */
  evaluate(): void;
  /**
   * One shared round trip now; undefined when the subsystem has neither `probe` nor `status`.
   * With `notBeforeMs` (monotonic) a round trip begun earlier is waited for and then a new one is made.
   */
  probeNow(name: string, options?: { notBeforeMs?: number }): Promise<ProbeResult | undefined>;
  /** How long ago it last reported by itself, ms; undefined when it never has. */
  silentForMs(name: string): number | undefined;
  /** The newest value of each of its metrics, the stale ones left out. */
  freshSamples(name: string): readonly MetricSample[];
  /** Silent but working: it must not be touched. */
  isBusy(name: string): boolean;
  activity(name: string): ActivitySample | undefined;
  summaries(): readonly SubsystemSummary[];
  scores(): GlobalHealthScores;
  explain(domain: Domain): HealthExplanation;
  /** Called after each change of a subsystem's status or of one of its axes. Returns the unsubscribe. */
  onChange(listener: (change: HealthChange) => void): () => void;
  /** Called with every metric that comes in, from whatever source. Returns the unsubscribe. */
  onSample(listener: (sample: MetricSample) => void): () => void;
  /** The same for who is given every sample: it is asked once what stands for a series. Called before the first report. */
  addTap<Handle extends object>(tap: SampleTap<Handle>): void;
  /** Resolves when no status() or probe is under way. */
  settled(): Promise<void>;
  start(): void;
  stop(): void;
}

/** Metrics of one report side by side, of which the first `count` places hold. Read at once and never kept: they are used again. */
export interface MetricColumns {
  readonly names: readonly string[];
  readonly values: readonly number[];
  readonly count: number;
}

/** Takes every sample. Each series is looked for by its names once; a million samples a second are then handed over by handle. */
export interface SampleTap<Handle extends object> {
  /** What stands for a series; undefined when there is no place for it, and then the next sample asks again. */
  open(subsystem: string, metric: string): Handle | undefined;
  /** @returns false when the handle is over: the sample was not taken, and `open` is called anew. */
  take(handle: Handle, value: number, at: number): boolean;
}

/** What may be raised as an alert. One is open per `fingerprint`. */
export interface AlertCondition {
  fingerprint: string;
  type: AlertType;
  severity: Severity;
  subsystem: string;
  /** As `Alert.about`. */
  about?: NonNullable<Alert['about']>;
  message: string;
  labels?: Readonly<Record<string, string>>;
  annotations?: Readonly<Record<string, string>>;
  evidence: Evidence;
  /** Must hold this long before `active`. Default from the book's options. */
  forMs?: number;
  keepFiringForMs?: number;
}

/** The alerts. Made by `createAlertBook(options)` in `heartbeat-alerts/`. */
export interface AlertBook {
  /** The condition holds now. Idempotent. */
  raise(condition: AlertCondition): Alert;
  /** The condition does not hold any more. */
  clear(fingerprint: string): void;
  get(id: string): Alert | undefined;
  /** Detected and active ones, oldest first. */
  open(): readonly Alert[];
  /** Active ones. */
  active(): readonly Alert[];
  /** Newest first, all states. */
  recent(limit: number): readonly Alert[];
  /** Marks the root cause; such an alert does not notify. */
  setCause(id: string, causedBy: string | undefined): void;
  setIncident(id: string, incidentId: string): void;
  acknowledge(id: string, by: string, why?: string): boolean;
  resolve(id: string, by: string, why?: string): boolean;
  close(id: string, by: string, why?: string): boolean;
  onChange(listener: (alert: Alert, change: AlertChange) => void): () => void;
  load(): Promise<void>;
  /** Resolves when every change so far is in the store. */
  settled(): Promise<void>;
  start(): void;
  stop(): void;
}

export type AlertChange = 'detected' | 'activated' | 'updated' | 'acknowledged' | 'resolved' | 'closed';
