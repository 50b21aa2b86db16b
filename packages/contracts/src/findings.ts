import type { Domain, Evidence } from './health.js';
import type { GlobalHealthScores } from './os-core.js';
import type { SourcePlace } from './subsystem.js';

export type AlertType = 'health' | 'performance' | 'error' | 'integration';
export type Severity = 'info' | 'warning' | 'critical';
export type AlertState = 'detected' | 'active' | 'resolved' | 'closed';

/** A finding about health. Times are epoch ms. One alert per `fingerprint` is open at a time. */
export interface Alert {
  id: string;
  fingerprint: string;
  type: AlertType;
  severity: Severity;
  state: AlertState;
  subsystem: string;
  /** Set when `subsystem` names none: a domain, whose score it is about, or the program itself. A subsystem may have the same name. */
  about?: 'domain' | 'program';
  message: string;
  labels: Readonly<Record<string, string>>;
  /** Texts for people, such as those of the rule that raised it. */
  annotations?: Readonly<Record<string, string>>;
  evidence: Evidence;
  detectedAt: number;
  activeAt?: number;
  resolvedAt?: number;
  closedAt?: number;
  lastSeenAt: number;
  acknowledgedBy?: string;
  resolvedBy?: string;
  closedBy?: string;
  /** The subsystem whose own failure explains this alert; while it lasts this alert does not notify. */
  causedBy?: string;
  incidentId?: string;
}

/** A change of a domain's score, and the terms that pulled it down most, the worst first. `at` is epoch ms. */
export interface ScoreReason {
  at: number;
  score: number;
  terms: readonly Pick<HealthTerm, 'factor' | 'source' | 'loss' | 'reason'>[];
}

export interface HealthHistoryEntry {
  at: number;
  globalHealth: GlobalHealthScores;
  subsystems: { ok: number; warn: number; error: number; unknown: number };
}

export interface HealthStats {
  /** Entries the figures are taken over. */
  samples: number;
  from: number | null;
  to: number | null;
  perDomain: Record<Domain, { current: number; mean: number; min: number; max: number }>;
  alerts: { active: number; resolved: number; bySeverity: Record<Severity, number> };
  /** Mean ms from detected to resolved over resolved alerts; null without any. */
  meanTimeToResolveMs: number | null;
}

/** How a series moves. `subject` is a domain or a subsystem; with `metric` it is that metric of the subsystem. */
export interface Trend {
  subject: string;
  /** Left out for a score, and for a status told as 1, 0.5 or 0. */
  metric?: string;
  /** A metric nobody declared a goal for is neither better nor worse: it is rising or falling. */
  direction: 'improving' | 'declining' | 'stable' | 'rising' | 'falling';
  /** Theil–Sen slope an hour, in the series' own unit. */
  slopePerHour: number;
  /** 95 % of the slope, lowest first, by Sen's method. */
  slopeInterval?: readonly [number, number];
  /** Two-sided Mann–Kendall, corrected for ties and, where the values depend on those before, for that. */
  pValue: number;
  isSignificant: boolean;
  samples: number;
  /** What the forecast is about: 0.5 of a score, the worst value of a metric's indicator, or what was asked for. */
  level?: number;
  /** Epoch ms when the line crosses `level`, when it does within a day. */
  crossesAt?: number;
  /** The same by the ends of `slopeInterval`, epoch ms; without a latest the slower line does not cross. */
  crossesBetween?: { earliest: number; latest?: number };
}

/** The newest anomaly score of one metric. */
export interface MetricAnomaly {
  subsystem: string;
  metric: string;
  /** Epoch ms of the value. */
  at: number;
  value: number;
  /** 0..1; from 0.5 on worth telling. 0 while learning. */
  score: number;
  isLearning: boolean;
  /** The strongest evidence in words. */
  reason: string;
  /** The newest value whose score was 0.5 or more. */
  lastTold?: { at: number; value: number; score: number; reason: string };
}

/** One term of a score: `contribution` sums to the score over all terms. */
export interface HealthTerm {
  factor: string;
  source: string;
  value: number;
  weight: number;
  contribution: number;
  /** How much the score would rise were this term 1. */
  loss: number;
  reason: string;
  /** Epoch ms of what it rests on; left out when that has no time of its own. */
  at?: number;
}

/** A factor's source that is declared and has no data now: it neither lifts nor lowers the score. */
export interface LeftOutTerm {
  factor: string;
  source: string;
  reason: string;
}

export interface HealthExplanation {
  domain: Domain;
  score: number;
  /** 0..1: the share of the domain's factors that have data. */
  confidence: number;
  terms: HealthTerm[];
  missingFactors: string[];
  /** Each factor that has data: its value, and what it costs the score. */
  factors?: { factor: string; value: number; loss: number }[];
  /** Indicators without data, or with data too old to say anything about now. */
  leftOut?: LeftOutTerm[];
  /** Terms not listed because only the worst were asked for, and what they give and cost together. */
  omitted?: { terms: number; contribution: number; loss: number };
}

export type GapType = 'missing_connection' | 'configuration_issue' | 'dependency_problem' | 'data_sync_issue';
export type GapState = 'open' | 'fixing' | 'fixed' | 'fix_failed';

/** A finding about wiring. A gap without `fix` needs a person; `remedyHint` says what to do. */
export interface IntegrationGap {
  id: string;
  fingerprint: string;
  type: GapType;
  subsystem: string;
  description: string;
  expected: string;
  observed: string;
  state: GapState;
  severity: Severity;
  declaredAt?: SourcePlace;
  fix?: { power: 'connect' | 'configure' | 'restart' | 'resync'; argument?: unknown; description: string };
  remedyHint?: string;
  detectedAt: number;
  lastSeenAt: number;
  fixedAt?: number;
}

/** What became of a fix. `started` goes on in the background: `settled()` waits for it. */
export interface FixResult {
  gapId: string;
  state: 'started' | 'needs_approval' | 'fixed' | 'failed' | 'no_fix';
  description: string;
  remedyId?: string;
}
