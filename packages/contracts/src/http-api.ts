import type { LabelSet, Silence } from './alerting.js';
import type { FreezeView } from './budgets.js';
import type { Alert, AlertType, HealthExplanation, Severity } from './findings.js';
import type { Domain, Liveness, Progress, Readiness } from './health.js';
import type { SpareView, StartWait, SupervisedPhase } from './local-process.js';
import type { DreamNetOSStatus, SubsystemStatus } from './os-core.js';
import type { OSProcessDescriptor } from './os-linker.js';
import type { SupervisedGroup } from './process-groups.js';
import type { SeriesName } from './series.js';
import type { ProcessUsage } from './usage.js';

/** One axis as `ps --json` and `GET /api/ps` show it. */
export interface AxisView<S extends string> {
  state: S;
  reason: string;
  ageMs: number;
}

/** One agent as `ps --json` lists it: the descriptor and what runs behind it. */
export interface PsEntry extends OSProcessDescriptor {
  pid: number | null;
  /** Epoch ms. */
  startedAt: number | null;
  /** Starts after the first, whoever asked for them. */
  restarts: number;
  phase: SupervisedPhase;
  nextAttemptAt: number | null;
  /** Set in phase `waiting`. */
  waitsFor: StartWait | null;
  /** The group it is a member of. */
  group: string | null;
  isAdopted: boolean;
  notEnforced: readonly string[];
  /** What its processes use; null while none runs here. */
  usage: ProcessUsage | null;
  /** Its spare, and what that uses; left out when none is wanted. */
  spare?: SpareView & { usage: ProcessUsage | null };
  /** Set on one of several processes of an agent: the agent's name. */
  replicaOf?: string;
  /** Set on an agent that has replicas: they follow it in the list, and the rest is what is true of all of them. */
  replicas?: { desired: number; serving: number; isScaled: boolean };
  health: { liveness: AxisView<Liveness>; readiness: AxisView<Readiness>; progress: AxisView<Progress> };
}

/** One process of an agent, as `GET /api/agents/:name/scale` shows it. */
export interface ReplicaView {
  id: string;
  pid: number | null;
  phase: SupervisedPhase;
  isServing: boolean;
  /** It gets no more calls and ends once it works on none. */
  isLeaving: boolean;
  /** Calls it works on. */
  inFlight: number;
  /** The port it was given. */
  port: number | null;
  problems: readonly string[];
}

/** One change of the number of replicas, with the calculation it rests on. `value` is null when nothing was measured. */
export interface ScaleDecisionView {
  /** Epoch ms. */
  at: number;
  from: number;
  to: number;
  metric: string;
  value: number | null;
  target: number;
  formula: string;
  because: string;
}

/** `GET /api/agents/:name/scale`: how many processes an agent has, and why. Times are epoch ms or ms. */
export interface ScaleView {
  agent: string;
  desired: number;
  serving: number;
  isReplicated: boolean;
  /** Somebody set the number: it does not follow the rule until it is let go. */
  isSetByHand: boolean;
  /** Somebody stopped it: nothing starts it by itself. */
  isStopped: boolean;
  /** Calls that wait: until a replica serves, or until one has room. */
  held: number;
  /** Calls each replica works on at once; null: as many as come. */
  maxInFlight: number | null;
  /** null: the number is fixed. */
  rule: {
    min: number;
    max: number;
    metric: string;
    of: string | null;
    target: number;
    tolerance: number;
    everyMs: number;
    upWindowMs: number;
    downWindowMs: number;
  } | null;
  replicas: readonly ReplicaView[];
  /** The rolling restart under way, or the last one; null when there was none. */
  rolling: {
    phase: string;
    isOver: boolean;
    step: number;
    steps: number;
    replaces: string;
    by: string;
    maxUnavailable: 0 | 1;
    startedAt: number;
    reason: string;
    /** Why it did not get through. */
    because: string | null;
    /** Replicas that it, or one before it, was to replace and did not: they run with the settings and secrets of before. */
    notReplaced: readonly string[];
  } | null;
  /** The last changes, newest last. */
  decisions: readonly ScaleDecisionView[];
}

/** One group of `GET /api/groups`: `agents` are those in it and in the groups within it, in start order. */
export interface GroupView extends SupervisedGroup {
  agents: readonly string[];
  /** How many of them run. */
  running: number;
}

/** A group after it was started, stopped or restarted. */
export interface GroupOutcome extends GroupView {
  /** Processes that do not run a moment later although they should; who waits for another, or has done its work, is none of them. */
  notRunning: readonly string[];
  /** Of a stop: why the death of the daemon would undo it or lose its audit entry; left out when it would not. */
  notKept?: string;
}

/** `GET /api/status`. */
export interface StatusView extends DreamNetOSStatus {
  explanations: HealthExplanation[];
  /** Spending that is stopped; empty when all may spend. */
  frozen: readonly FreezeView[];
  counts: {
    activeAlerts: number;
    openIncidents: number;
    openGaps: number;
    agents: number;
    /** Of these, how many somebody has stopped: nothing is expected of them. */
    stoppedAgents: number;
    /** All subsystems by status, also those not listed. */
    subsystems: Record<SubsystemStatus, number>;
  };
  daemon: { pid: number; startedAt: number; uptimeMs: number; stateDir: string };
}

/** One subsystem as `GET /api/subsystems` lists it. `lastUpdatedAt` is epoch ms of the newest evidence. */
export interface SubsystemView {
  name: string;
  domain: Domain;
  status: SubsystemStatus;
  reason: string;
  lastUpdatedAt: number | null;
  isAgent: boolean;
  dependsOn: readonly string[];
  axes: { liveness: AxisView<Liveness>; readiness: AxisView<Readiness>; progress: AxisView<Progress> };
}

/** One alert of `GET /api/alerts`: with who is told of it and what keeps it from being told. */
export interface AlertView extends Alert {
  /** Names of receivers it goes to. */
  receivers?: readonly string[];
  /** Ids of silences. */
  silencedBy?: readonly string[];
  /** Fingerprints of alerts, or the subsystem that causes it. */
  inhibitedBy?: readonly string[];
  /** Names of time intervals that mute it now. */
  mutedBy?: readonly string[];
}

/** One silence of `GET /api/silences`. */
export interface SilenceView extends Silence {
  state: 'pending' | 'active' | 'expired';
}

/** The body of `POST /api/silences`: a silence as a person asks for it; the daemon says who asked. */
export type SilenceWish = Pick<Silence, 'matchers' | 'startsAt' | 'endsAt' | 'comment' | 'windows'>;

/** The same from now on by the daemon's clock, for so long: `for` is a duration such as `30m` or `1800s`. */
export type SilenceFromNow = Pick<Silence, 'matchers' | 'comment' | 'windows'> & { for: string };

/** One way a receiver is told, with what came of it since the daemon started. Times are epoch ms. */
export interface NotifierView {
  name: string;
  sent: number;
  failed: number;
  retried: number;
  lastError?: string;
  lastErrorAt?: number;
  lastSentAt?: number;
}

/** One receiver of `GET /api/receivers`. */
export interface ReceiverView {
  name: string;
  notifiers: readonly NotifierView[];
}

/** One rule of `GET /api/rules`. `condition` is in words; times are ms. */
export interface RuleView {
  name: string;
  on: string;
  condition: string;
  type: AlertType;
  severity: Severity;
  forMs: number;
  keepFiringForMs: number;
  labels: LabelSet;
  annotations: LabelSet;
  /** Subsystems for which it fires now. */
  firing: readonly string[];
}

/** One series of `GET /api/series`: its name, its newest value and since when it is known (epoch ms). */
export interface SeriesListing extends SeriesName {
  firstAt: number | null;
  lastAt: number | null;
  lastValue: number | null;
}
