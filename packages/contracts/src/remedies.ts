import type { Evidence } from './health.js';

export type RecoveryActionType =
  | 'service_restart'
  | 'configuration_fix'
  | 'resource_scaling'
  | 'dependency_resolution';
export type Risk = 'low' | 'medium' | 'high';
export type RecoveryPolicy = 'off' | 'propose' | 'low-risk' | 'full';

export type RemedyState =
  | 'proposed'
  | 'needs_approval'
  | 'approved'
  | 'executing'
  | 'verifying'
  | 'succeeded'
  | 'failed'
  | 'rejected'
  | 'expired'
  | 'superseded';

/** Checks that decide success; stated before the remedy runs. */
export interface VerificationPlan {
  /** The identity the subsystem must no longer have. */
  newIdentity?: { not: string };
  /** A round trip begun after the action must succeed. */
  roundTrip: boolean;
  /** The finding must be gone and stay gone this long. */
  stableForMs: number;
  deadlineMs: number;
}

export interface VerificationCheck {
  check: 'new_identity' | 'round_trip' | 'condition_gone' | 'stable';
  passed: boolean;
  at: number;
  evidence: Evidence;
}

/** What is called on the subsystem when a remedy is carried out by the pipeline. */
export interface RemedyEffect {
  power: 'restart' | 'configure' | 'scale' | 'connect' | 'resync';
  argument?: unknown;
}

/** A remedy for an alert. `subsystem` is what it acts on, which may be the cause rather than the one alerting. */
export interface RecoveryAction {
  id: string;
  type: RecoveryActionType;
  subsystem: string;
  description: string;
  risk: Risk;
  state: RemedyState;
  /** Who carries it out: the supervisor's own restart policy, our pipeline, or a person. */
  executor: 'supervisor' | 'pipeline' | 'person';
  /** Absent when a person or the supervisor does it. */
  effect?: RemedyEffect;
  findingId: string;
  incidentId?: string;
  /** Position on the ladder restart → configuration → scaling → dependency → a human; from 0. */
  rung: number;
  reason: string;
  evidence: Evidence;
  verification: VerificationPlan;
  checks: VerificationCheck[];
  createdAt: number;
  executedAt?: number;
  finishedAt?: number;
  /** Approval is void after this. */
  expiresAt?: number;
  /** Who approved or rejected it. */
  decidedBy?: string;
  outcome?: string;
}

/** What a call that starts a remedy returns at once. */
export type RemedyAnswer =
  | { ok: true; state: RemedyState; remedyId: string }
  | { ok: false; because: string };

export type IncidentStage =
  | 'fault'
  | 'detected'
  | 'analysed'
  | 'planned'
  | 'needs_approval'
  | 'approved'
  | 'rejected'
  | 'executed'
  | 'verified'
  | 'verification_failed'
  | 'escalated'
  | 'resolved'
  | 'note';

export interface IncidentEntry {
  at: number;
  stage: IncidentStage;
  subsystem: string;
  summary: string;
  evidence: Evidence;
}

/** Alerts with one root cause and the timeline of what was done. */
export interface Incident {
  id: string;
  state: 'open' | 'resolved';
  title: string;
  cause: { subsystem: string; reason: string; decidedBy: string; candidates: readonly string[] };
  alertIds: string[];
  affected: string[];
  openedAt: number;
  resolvedAt?: number;
  stages: IncidentEntry[];
}

/** One link of the audit chain: `hash` covers the entry and `previous`. */
export interface AuditEntry {
  sequence: number;
  at: number;
  actor: string;
  action: string;
  target: string;
  details: Evidence;
  previous: string;
  hash: string;
}
