import type { Notification } from './alerting.js';
import type { FreezeView } from './budgets.js';
import type { Alert, IntegrationGap } from './findings.js';
import type { AxisHealth, Evidence } from './health.js';
import type { ScaleDecisionView } from './http-api.js';
import type { ExitRecord, ProcessIdentity, SupervisedPhase } from './local-process.js';
import type { GlobalHealthScores, SubsystemStatus } from './os-core.js';
import type { OSProcessStatus } from './os-linker.js';
import type { Incident, IncidentEntry, RecoveryAction } from './remedies.js';
import type { StopAccount } from './stopping.js';
import type { ConfigurationProblem } from './subsystem.js';

/** Type → data. Every change is one event; `subject` names what changed. */
export interface EventData {
  'daemon.started': { version: string; pid: number; adopted: readonly string[] };
  'daemon.stopping': { reason: string };
  'process.started': { identity: ProcessIdentity; attempt: number; isAdopted: boolean };
  /** A start came to no process: try `attempt` in a row. `reason`: what was missing or refused. */
  'process.start-failed': { reason: string; attempt: number };
  /**
   * A restart was refused for want of something bound, and nothing was started: told once, and again when the reason is another one.
   * It is tried again by itself.
   */
  'process.start-refused': { reason: string; problems: readonly ConfigurationProblem[] };
  'process.exited': { identity: ProcessIdentity; exit: ExitRecord };
  /** A stop was carried out, and a last look has found nothing of its tree. */
  'process.stopped': { stop: StopAccount };
  'process.phase-changed': { from: SupervisedPhase; to: SupervisedPhase; nextAttemptAt: number | null };
  /** A spare is booted and has proved that it waits for its turn. */
  'spare.waiting': { identity: ProcessIdentity; bootMs: number };
  /** It was given its turn `afterMs` after the end of `previous` was seen. */
  'spare.took-over': { identity: ProcessIdentity; previous: ProcessIdentity | null; afterMs: number };
  /** It ended, hung or could not be started; the next is tried at `retryAt` (epoch ms). */
  'spare.failed': { identity: ProcessIdentity | null; problem: string; retryAt: number };
  /** It does not know how to wait, was ended, and is not tried again before its process is started anew. */
  'spare.refused': { identity: ProcessIdentity; problem: string };
  /** A start waits for others to be ready. */
  'start.delayed': { for: readonly string[]; until: number };
  /** It waits no more. `missing`: who was not ready when the time was over. */
  'start.released': { waitedMs: number; missing: readonly string[] };
  'process.circuit-opened': {
    restarts: number;
    periodMs: number;
    retryAt: number;
    lastExit: ExitRecord | null;
  };
  /** Subject is the group by whose strategy it was decided. A member ended; `ends` are ended, last first, before `starts` are started in order. */
  'group.restart-begun': {
    member: string;
    group: string;
    ends: readonly string[];
    starts: readonly string[];
  };
  /** Subject is the outermost group, as of the two below. */
  'group.restarted': { member: string; starts: readonly string[]; tookMs: number };
  /**
   * Too many restarts, or a try after that failed: everything of it ends, and it is tried again at `retryAt` (epoch ms).
   * `failedTrials`: tries in a row, 0 when it gave up just now.
   */
  'group.gave-up': {
    member: string;
    restarts: number;
    failedTrials: number;
    periodMs: number;
    retryAt: number;
    lastExit: ExitRecord | null;
  };
  /** A try after giving up has succeeded. */
  'group.recovered': { member: string; failedTrials: number };
  'agent.status-changed': { from: OSProcessStatus; to: OSProcessStatus; because: string };
  'health.changed': { from: SubsystemStatus; to: SubsystemStatus; axes: AxisHealth; because: string };
  'health.scored': { globalHealth: GlobalHealthScores };
  'alert.detected': { alert: Alert };
  'alert.activated': { alert: Alert };
  'alert.inhibited': { alert: Alert; by: string };
  'alert.acknowledged': { alert: Alert };
  'alert.resolved': { alert: Alert };
  'alert.closed': { alert: Alert };
  'alert.escalated': { alert: Alert; receiver: string; step: number };
  'gap.detected': { gap: IntegrationGap };
  'gap.fixed': { gap: IntegrationGap };
  'remedy.changed': { remedy: RecoveryAction };
  'incident.opened': { incident: Incident };
  'incident.advanced': { incidentId: string; entry: IncidentEntry };
  'incident.resolved': { incident: Incident };
  'route.announced': { capability: string; provider: string };
  'route.withdrawn': { capability: string; provider: string; because: string };
  'call.finished': { capability: string; provider: string | null; ok: boolean; latencyMs: number };
  'binding.changed': {
    processId: string;
    type: string;
    change: 'bound' | 'unbound' | 'secret-set' | 'content-changed';
  };
  /** A sandboxed process asked for a destination that is not on its list. `untold`: refusals since the last such event. */
  'network.refused': { destination: string; because: string; untold: number };
  /** `untold`: refusals of the same agent since the last such event. */
  'budget.refused': { budget: string | null; code: string; message: string; untold: number };
  /** `forgotten`: a currency whose counted money was forgotten, because the fleet file has another one now. */
  'budget.changed': { change: 'limits-set' | 'reset' | 'currency'; by: string; forgotten?: string };
  'spending.frozen': { freeze: FreezeView; cancelled: number };
  'spending.released': { by: string };
  /** The number of an agent's replicas changes; `value` is null when nothing was measured. */
  'scale.changed': Omit<ScaleDecisionView, 'at'>;
  /** A call waits for the first replica of an agent that has none; `held` is how many wait now. */
  'scale.activated': { capability: string; held: number };
  /** A rolling restart took a step: `by` takes the place of `replaces`. `stopped` and `done` are its ends. */
  'rolling.changed': {
    phase: string;
    step: number;
    steps: number;
    replaces: string;
    by: string;
    because: string;
  };
  'config.applied': { changes: readonly string[] };
  /** The fleet file as it is now is not taken over; the one before it stays in force. */
  'config.refused': { code: string; message: string };
  'notification.published': { notification: Notification };
  'notification.failed': { receiver: string; alertId: string; attempt: number; error: string };
  'store.failed': { operation: string; error: string };
  'audit.recorded': { action: string; actor: string; target: string; details: Evidence };
}

export type EventType = keyof EventData;

/** One change. `id` is unique, `at` epoch ms, `source` who saw it, `subject` what changed. */
export type DreamnetEvent<T extends EventType = EventType> = {
  [K in T]: {
    readonly id: string;
    readonly type: K;
    readonly at: number;
    readonly source: string;
    readonly subject: string;
    readonly data: EventData[K];
  };
}[T];

/** Takes an event and returns at once; never throws. */
export type PublishEvent = <T extends EventType>(
  type: T,
  subject: string,
  data: EventData[T],
  at?: number,
) => void;
