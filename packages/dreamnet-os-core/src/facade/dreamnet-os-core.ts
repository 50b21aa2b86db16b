import type {
  Alert,
  AlertView,
  AuditEntry,
  Domain,
  DreamNetOSContext,
  DreamNetOSSnapshot,
  DreamNetOSStatus,
  DreamnetEvent,
  FixResult,
  HealthExplanation,
  HealthHistoryEntry,
  HealthReport,
  HealthStats,
  HeartbeatOutcome,
  Incident,
  IntegrationGap,
  Liveness,
  LivenessSignal,
  PostedAlert,
  ReceiverView,
  RecoveryAction,
  RemedyAnswer,
  RuleView,
  ScoreReason,
  Silence,
  SilenceView,
  Subsystem,
  Trend,
} from '@dreamnet/contracts';
import type { AlertDelivery, PostRefusal } from '../alert-delivery/alert-delivery-boundary.js';
import type { AuditDraft, AuditVerdict } from '../audit/audit-chain.js';
import type { HealthChange, MetricColumns, SubsystemHealth } from '../boundary.js';
import type { MetricAnomalies } from '../neural-mesh/metric-anomalies.js';
import type { TrendQuery } from '../neural-mesh/metric-trends.js';
import type { SeriesHistory } from '../os-store/series/series-history.js';
import {
  type AlertDecision,
  alertFunctions,
  type SilenceRequest,
  silenceFunctions,
} from './alert-functions.js';
import type { AlertPage, AlertPageQuery } from './alert-pages.js';
import type { AlertSettings } from './alerting.js';
import { mustBe } from './argument-check.js';
import type { DreamNetOSCoreOptions } from './core-options.js';
import type { EventListener } from './event-hub.js';
import { createLifecycle } from './lifecycle.js';
import { checkOptions } from './options-check.js';
import { type ReceiverTrial, receiverFunctions } from './receiver-functions.js';
import { type RemedyDecision, recoveryFunctions } from './recovery-functions.js';
import { createRooms } from './rooms.js';
import { signalFunctions } from './signal-functions.js';
import { statusFunctions } from './status-functions.js';

/**
 * DreamNet OS Core. Every function that is not a promise returns at once; what goes on in the background is waited
 * for with `settled()`. Names and shapes of the first group are the specification's.
 *
 * @source spec/os-core.md, API Reference
 */
export interface DreamNetOSCoreFacade {
  /**
   * Takes the subsystems into care: evaluates them, raises alerts, detects gaps and, as far as the policy allows,
   * starts remedies. Idempotent for the same objects.
   *
   * @throws DN_CORE_CONTEXT_INVALID, DN_CORE_SUBSYSTEM_NAME
   */
  run(context: DreamNetOSContext): DreamNetOSStatus;
  status(): DreamNetOSStatus;
  getSnapshot(): DreamNetOSSnapshot;
  /** Oldest first. */
  getActiveAlerts(): Alert[];
  /** @param limit Default 50. @returns Newest first, in any state. */
  getRecentAlerts(limit?: number): Alert[];
  /** Oldest first; one entry per run and, after `start()`, every 10 s. */
  getHealthHistory(): HealthHistoryEntry[];
  getHealthStats(): HealthStats;
  /** Trends of domains, of subsystems whose status changed, and of metrics, with at least 10 points of history. */
  detectTrends(): Trend[];
  /** @returns False when there is no such alert or it is over already. */
  resolveAlert(alertId: string, by?: string, why?: string): boolean;
  /** What is called for now, at most one action per root cause. Asking does not carry anything out. */
  generateRecoveryActions(context: DreamNetOSContext): RecoveryAction[];
  /** Gaps of the given subsystems. Late answers of their functions are taken in until `settled()`. */
  detectIntegrationGaps(context: DreamNetOSContext): IntegrationGap[];
  /** Looks now whether anything is missing of one subsystem, rather than within seconds. */
  lookForGaps(name: string): void;
  /** Starts the fixes there are, within policy and guardrails; one result per gap. */
  autoFixIntegrationGaps(context: DreamNetOSContext): FixResult[];
  /** The gaps that are open now. */
  getIntegrationGaps(): IntegrationGap[];

  /** Takes one subsystem into care under a name. */
  watch(name: string, subsystem: Subsystem): void;
  unwatch(name: string): void;
  /**
   * @param columns The metrics, instead of those in the report: for who takes in so many that an object each is felt.
   * @param arrivedAt Epoch ms, default now: the time of its metrics where the report has none. Whoever keeps reports to give
   * them to the history again gives the same time both times: by it the history knows what it has.
   */
  heartbeat(report: HealthReport, columns?: MetricColumns, arrivedAt?: number): HeartbeatOutcome;
  /** What whoever watches a process knows first. */
  signal(signal: LivenessSignal): void;
  /** Takes figures somebody else measured of a subsystem, such as its use of the machine; its health stays as it is. */
  measure(name: string, metrics: Readonly<Record<string, number>>): void;
  /**
   * Looks at the `carriedCalls()` of a subsystem now: call it when one was given up because its time was over, or when one was answered
   * after that. Of open ones nothing need be told.
   */
  lookAtCalls(name: string): void;
  /** The three axes and the status word; undefined when nobody of that name is watched. */
  health(name: string): SubsystemHealth | undefined;
  /** The first of its axes alone; cheap enough to ask of a whole fleet each second. */
  livenessOf(name: string): Liveness | undefined;
  explainHealth(domain: Domain): HealthExplanation;
  /**
   * When a domain's score changed and what pulled it down most then; epoch ms. Oldest first, beginning with what was in
   * force at `fromMs`; at most 200. Noted every 10 s, in fleets of up to 5 000 subsystems.
   */
  scoreReasons(domain: Domain, fromMs: number, toMs: number): Promise<ScoreReason[]>;
  getAlert(id: string): Alert | undefined;
  /** Somebody looks after it: it is not told of again and does not escalate. @throws DN_CORE_NOT_KEPT */
  acknowledgeAlert(alertId: string, by: string): boolean;
  /** @throws DN_CORE_NOT_KEPT */
  closeAlert(alertId: string, by: string): boolean;
  /**
   * A person's decision, which is on disk when it resolves; false when there is no such alert or it is past that.
   *
   * @throws DN_CORE_NOT_KEPT, DN_CORE_ALERT_EXTERNAL
   */
  decideAlert(alertId: string, decision: AlertDecision): Promise<boolean>;
  /**
   * Alerts with who is told of each, and what keeps it from being told; only those of the page are worked out.
   *
   * @throws DN_CORE_MATCHER_INVALID
   */
  alertPage(query?: AlertPageQuery): AlertPage;
  alertView(id: string): AlertView | undefined;
  /** Takes alerts from elsewhere; the good ones are taken even if others are refused. */
  postAlerts(alerts: readonly PostedAlert[]): readonly PostRefusal[];
  /** On disk when it resolves. @throws DN_CORE_SILENCE_INVALID, DN_CORE_SILENCE_UNKNOWN, DN_CORE_NOT_KEPT */
  silence(request: SilenceRequest): Promise<Silence>;
  silences(): readonly SilenceView[];
  /** Ends it now; false when there is none or it has ended. @throws DN_CORE_NOT_KEPT */
  expireSilence(silenceId: string, by: string): Promise<boolean>;
  /** Who is told of which alerts; what is posted to it counts as coming from elsewhere. */
  readonly delivery: AlertDelivery;
  /** Puts other rules, receivers, routes or escalation in force at once. @throws DN_CORE_DELIVERY_CONFIG_INVALID */
  configureAlerts(settings: AlertSettings): void;
  alertRules(): readonly RuleView[];
  receivers(): readonly ReceiverView[];
  /** Tells a receiver something as a trial, by each of its ways. @throws DN_CORE_RECEIVER_UNKNOWN */
  tryReceiver(name: string): Promise<readonly ReceiverTrial[]>;
  /** Newest first. */
  incidents(): readonly Incident[];
  /** Newest first, in all states. */
  recoveryActions(): readonly RecoveryAction[];
  approve(remedyId: string, who: string): RemedyAnswer;
  reject(remedyId: string, who: string): RemedyAnswer;
  /** Carries out a proposed action on a person's word. */
  executeRecovery(actionId: string, who?: string): RemedyAnswer;
  /**
   * A person's word about a remedy, which is on disk when it resolves.
   *
   * @throws DN_CORE_NOT_KEPT; then nothing was decided. DN_CORE_KEPT_LATER
   */
  decideRemedy(remedyId: string, decision: RemedyDecision): Promise<RemedyAnswer>;
  /** Resolves when every remedy, incident and gap is on disk as it is now. @param what Named in the error. @throws DN_CORE_KEPT_LATER */
  decisionsKept(what: string): Promise<void>;
  readonly audit: {
    /** The newest entries, oldest first. Default 100. */
    entries(limit?: number): Promise<readonly AuditEntry[]>;
    verify(): Promise<AuditVerdict>;
    /** Announces a change made outside the core, before it is made. @throws the store's error; then do not make it */
    record(entry: AuditDraft): Promise<void>;
  };
  /** Trends of the metrics and scores asked for, from memory and store; with a level the forecast is about that. */
  metricTrends(query?: TrendQuery): Promise<Trend[]>;
  /** How unusual the newest value of each metric is. */
  readonly anomalies: Pick<MetricAnomalies, 'list' | 'read' | 'onScore' | 'figures'>;
  /** Metrics, scores and changes of status over time. */
  readonly series: Pick<
    SeriesHistory,
    'take' | 'points' | 'range' | 'list' | 'figures' | 'flush' | 'onFlushed'
  >;
  /** Called after each change of a subsystem's status or of one of its axes; must return at once. */
  onHealthChange(listener: (change: HealthChange) => void): () => void;
  /** Every event from now on, in order; the listener must return at once. */
  subscribe(listener: EventListener): () => void;
  events(): AsyncIterableIterator<DreamnetEvent>;
  /** Loads what is stored, takes up what an interruption left behind, and keeps watch. Idempotent. */
  start(): Promise<void>;
  /** Ends every timer; what is under way is left for the next start. Idempotent. */
  stop(): Promise<void>;
  /** Resolves when everything begun so far has come to its end. */
  settled(): Promise<void>;
}

/** Makes a core of its own. It has no timer and reads nothing before it is used. */
export function createDreamNetOSCore(options: DreamNetOSCoreOptions = {}): DreamNetOSCoreFacade {
  checkOptions(options);
  const rooms = createRooms(options);
  return {
    ...statusFunctions(rooms),
    ...signalFunctions(rooms),
    ...alertFunctions(rooms),
    ...silenceFunctions(rooms),
    ...receiverFunctions(rooms),
    ...recoveryFunctions(rooms),
    ...createLifecycle(rooms),
    audit: {
      entries: rooms.audit.entries,
      verify: rooms.audit.verify,
      record: (entry) => rooms.audit.record([entry]),
    },
    scoreReasons: rooms.reasons.between,
    series: rooms.seriesHistory,
    onHealthChange: rooms.health.onChange,
    subscribe: (listener) => {
      mustBe('function', 'subscribe(listener)', listener);
      return rooms.hub.subscribe(listener);
    },
    events: rooms.hub.events,
  };
}

/** The core of this process: in memory, on the machine's clock, with the default policy. */
export const DreamNetOSCore: DreamNetOSCoreFacade = createDreamNetOSCore();
