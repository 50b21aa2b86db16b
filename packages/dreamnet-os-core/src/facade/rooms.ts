import type { Clock, RecoveryAction, Severity } from '@dreamnet/contracts';
import { createAwakeClock, systemClock } from '@dreamnet/kit';
import { type AuditLog, createAuditLog } from '../audit/audit-log.js';
import { type AutoIntegration, createAutoIntegration } from '../auto-integration/auto-integration.js';
import { GAP_PREFIX } from '../auto-integration/gap-finding.js';
import { type AutoRecovery, createAutoRecovery } from '../auto-recovery/auto-recovery.js';
import { healthCondition, overBecause } from '../auto-recovery/health-condition.js';
import { openAlertsAbout } from '../auto-recovery/recovery-deps.js';
import { createSeenAlerts, type SeenAlerts } from '../auto-recovery/seen-alerts.js';
import type { RoomOptions } from '../boundary.js';
import {
  createHealthEngine,
  type HealthEngineOptions,
  type HealthEngineRoom,
} from '../health/health-engine.js';
import { type AlertBookRoom, createAlertBook } from '../heartbeat-alerts/alert-book.js';
import { createHealthAlerts, type HealthAlerts } from '../heartbeat-alerts/health-alerts.js';
import { WORST_FIRST } from '../heartbeat-alerts/severities.js';
import { createIncidentBook, type IncidentBook } from '../incidents/incident-book.js';
import { type AnomalyKeeping, createAnomalyKeeping } from '../neural-mesh/anomaly-keeping.js';
import { createMetricAnomalies, type MetricAnomalies } from '../neural-mesh/metric-anomalies.js';
import { createMetricTrends, type MetricTrends } from '../neural-mesh/metric-trends.js';
import { createStatusSeries, type StatusSeries } from '../neural-mesh/status-series.js';
import { createHealthHistory, type HealthHistory } from '../os-store/health-history.js';
import { createHeardBook, type HeardBook } from '../os-store/heard-book.js';
import { createOSStatus, type OSStatusBoard } from '../os-store/os-status.js';
import { createScoreReasons, type ScoreReasons } from '../os-store/score-reasons.js';
import { createSeriesHistory, type SeriesHistory } from '../os-store/series/series-history.js';
import { HISTORY_DEFAULTS } from '../os-store/series/series-options.js';
import { keepStatusChanges } from '../os-store/status-changes.js';
import { createInFlight, type InFlight } from '../remediation/in-flight.js';
import { createPipeline, type Pipeline } from '../remediation/pipeline.js';
import { createRecordKeeper, type RecordKeeper } from '../remediation/record-keeper.js';
import { type RemediationPolicy, remediationPolicy } from '../remediation/remediation-policy.js';
import { createRemedyBook, type RemedyBook } from '../remediation/remedy-book.js';
import type { FindingFacts } from '../remediation/remedy-desk.js';
import { type Alerting, createAlerting } from './alerting.js';
import { CORE_VERSION, type DreamNetOSCoreOptions } from './core-options.js';
import { createEventHub, type EventHub } from './event-hub.js';
import { createRuleTrends } from './rule-trends.js';

/** Health and what is derived from it. */
interface Senses {
  health: HealthEngineRoom;
  heard: HeardBook;
  alerts: AlertBookRoom;
  seen: SeenAlerts;
  healthAlerts: HealthAlerts;
  alerting: Alerting;
  status: OSStatusBoard;
  history: HealthHistory;
  seriesHistory: SeriesHistory;
  reasons: ScoreReasons;
  series: StatusSeries;
  anomalies: MetricAnomalies;
  anomalyKeeping: AnomalyKeeping;
  trends: MetricTrends;
}

/** What is written down. */
interface Records {
  audit: AuditLog;
  incidents: IncidentBook;
  remedies: RemedyBook;
  keeper: RecordKeeper;
}

/** What acts. */
interface Hands {
  integration: AutoIntegration;
  pipeline: Pipeline;
  recovery: AutoRecovery;
}

/** All rooms of one core, wired. */
export interface Rooms extends Senses, Records, Hands {
  clock: Clock;
  hub: EventHub;
  policy: RemediationPolicy;
  inFlight: InFlight;
}

/** Makes and wires the rooms; nothing has a timer and nothing is read or written yet. */
export function createRooms(options: DreamNetOSCoreOptions): Rooms {
  const clock = options.clock ?? createAwakeClock(systemClock());
  const hub = createEventHub(clock, options.source ?? 'os-core');
  if (options.bus) hub.subscribe((event) => options.bus?.publish(event));
  const room: RoomOptions = {
    clock,
    publish: hub.publish,
    ...(options.store ? { store: options.store } : {}),
    ...(options.random ? { random: options.random } : {}),
  };
  const base = { clock, hub, policy: remediationPolicy(options.policy), inFlight: createInFlight() };
  const senses = createSenses(room, hub, options);
  const records = createRecords(room);
  return {
    ...base,
    ...senses,
    ...records,
    ...createHands(room, options, { ...base, ...senses, ...records }),
  };
}

function createSenses(room: RoomOptions, hub: EventHub, options: DreamNetOSCoreOptions): Senses {
  const { clock } = room;
  const heard = createHeardBook(room);
  const health = createHealth({ ...room, heard }, options);
  const alerts = createAlertBook({ ...room, settings: options.alerts ?? {} });
  const seriesHistory = createSeriesHistory({ ...room, settings: options.history ?? {} });
  health.addTap(seriesHistory.tap);
  const anomalies = createMetricAnomalies({ clock, ...options.anomalies });
  health.addTap(anomalies.tap);
  keepStatusChanges(health, seriesHistory);
  const keepMs = options.history?.keep?.minuteMs ?? HISTORY_DEFAULTS.keep.minuteMs;
  const reasons = createScoreReasons({ ...room, engine: health, keepMs });
  const { historyEveryMs } = options;
  const everyMs = historyEveryMs === undefined ? {} : { everyMs: historyEveryMs };
  const history = createHealthHistory({
    ...room,
    engine: health,
    series: seriesHistory,
    reasons,
    ...everyMs,
  });
  const series = createStatusSeries({ clock, engine: health });
  const trends = createMetricTrends({
    history: seriesHistory,
    manifest: health.manifest,
    now: () => clock.now(),
  });
  const mesh = {
    heard,
    isAwaited: options.isAwaited,
    onAnomaly: anomalies.onScore,
    trends: createRuleTrends({ clock, history, series, trends }),
  };
  return {
    health,
    heard,
    alerts,
    seen: createSeenAlerts(alerts),
    healthAlerts: createHealthAlerts({ clock, engine: health, book: alerts, isAwaited: options.isAwaited }),
    alerting: createAlerting({
      room,
      hub,
      health,
      book: alerts,
      settings: options,
      mesh,
      notify: options.notify,
      keepingProblem: options.keepingProblem,
      ...{ configProblem: options.configProblem, secretsProblem: options.secretsProblem },
    }),
    status: createOSStatus({ ...room, engine: health, version: options.version ?? CORE_VERSION }),
    history,
    seriesHistory,
    reasons,
    series,
    anomalies,
    anomalyKeeping: createAnomalyKeeping({ ...room, anomalies, ...limitOf(options) }),
    trends,
  };
}

function createHealth(room: HealthEngineOptions, { health = {}, mask }: DreamNetOSCoreOptions) {
  return createHealthEngine({ ...room, settings: health, ...(mask && { mask }) });
}

function limitOf({ anomalies }: DreamNetOSCoreOptions): { limit?: number } {
  return anomalies?.limit === undefined ? {} : { limit: anomalies.limit };
}

function createRecords(room: RoomOptions): Records {
  const audit = createAuditLog(room);
  const incidents = createIncidentBook(room);
  const remedies = createRemedyBook(room);
  return {
    audit,
    incidents,
    remedies,
    keeper: createRecordKeeper(audit, [incidents, remedies], room.publish),
  };
}

type HandsNeeds = Omit<Rooms, keyof Hands>;

function createHands(room: RoomOptions, options: DreamNetOSCoreOptions, needs: HandsNeeds): Hands {
  const everyMs = options.gapsEveryMs === undefined ? {} : { everyMs: options.gapsEveryMs };
  const integration = createAutoIntegration({ ...needs, publish: room.publish, ...everyMs });
  const pipeline = createPipeline({
    ...needs,
    findingFacts: (remedy) => findingFacts(needs, remedy),
    condition: (remedy) => integration.conditionOf(remedy) ?? healthCondition(needs, remedy),
    // Gaps are looked for, which takes asking.
    overBecause: (remedy) =>
      remedy.findingId.startsWith(GAP_PREFIX) ? undefined : overBecause(needs, remedy),
    lookAgain: (remedy) => integration.lookAgain(remedy),
  });
  integration.connect(pipeline);
  const recovery = createAutoRecovery({
    ...needs,
    pipeline,
    gaps: integration,
    onJudged: needs.alerting.judged,
  });
  return { integration, pipeline, recovery };
}

/** What the guardrails ask about the finding behind a remedy. */
function findingFacts(rooms: HandsNeeds, remedy: RecoveryAction): FindingFacts {
  const { health, clock, policy } = rooms;
  const own = openAlertsAbout(rooms, remedy);
  const recovery = health.read(remedy.subsystem)?.recovery;
  // A gap's fix is declared by the subsystem itself, and what is in error is critical whoever said so first.
  const isGrave =
    remedy.findingId.startsWith(GAP_PREFIX) || health.read(remedy.subsystem)?.status === 'error';
  const severity = isGrave ? 'critical' : worst(own.map((alert) => alert.severity));
  return {
    severity,
    causedBy: own.find(({ causedBy }) => causedBy !== undefined)?.causedBy,
    isRestartedBySupervisor:
      recovery?.by === 'supervisor' && clock.now() < recovery.nextAttemptAt + policy.deadlineMs,
  };
}

function worst(severities: readonly Severity[]): Severity {
  return WORST_FIRST.find((severity) => severities.includes(severity)) ?? 'info';
}
