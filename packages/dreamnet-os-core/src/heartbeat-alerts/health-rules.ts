import type { AlertType, Severity } from '@dreamnet/contracts';
import type { AlertCondition, SubsystemHealth } from '../boundary.js';

interface HealthRule {
  type: AlertType;
  severity: Severity;
  message: (health: SubsystemHealth) => string;
}

/**
 * Which rule of the status word raises which alert. A rule that is not here raises none and ends those of the
 * subsystem; `starting` neither raises nor ends any: what ailed before the start is over when it answers.
 */
const RULES: Readonly<Record<string, HealthRule>> = {
  dead: { type: 'error', severity: 'critical', message: ({ reason }) => `its process is gone: ${reason}` },
  suspended: {
    type: 'error',
    severity: 'critical',
    message: ({ reason }) => `its process is stopped: ${reason}`,
  },
  not_ready: { type: 'health', severity: 'critical', message: ({ reason }) => `it cannot serve: ${reason}` },
  heartbeat_missing: { type: 'health', severity: 'critical', message: ({ reason }) => reason },
  told_error: {
    type: 'health',
    severity: 'critical',
    message: ({ reason }) => `it reports an error: ${reason}`,
  },
  stuck: { type: 'health', severity: 'critical', message: ({ reason }) => `its work is stuck: ${reason}` },
  busy: { type: 'performance', severity: 'warning', message: ({ reason }) => reason },
  looping: {
    type: 'performance',
    severity: 'warning',
    message: ({ reason }) => `it goes round in a circle: ${reason}`,
  },
  told_warn: { type: 'health', severity: 'warning', message: ({ reason }) => saying('it warns', reason) },
  heartbeat_late: { type: 'health', severity: 'warning', message: ({ reason }) => reason },
};

/** A warning without a word of why has its own name as reason. */
function saying(what: string, reason: string): string {
  return reason === what ? what : `${what}: ${reason}`;
}

/** What a rule of the status word disproves though nobody has been heard yet. */
const UNHEARD: Readonly<Record<string, readonly string[]>> = {
  starting: [],
  nothing_known: [],
  alive_only: ['dead', 'suspended'],
};

/** Names of the rules that raise alerts. */
export const ALERTING_RULES: readonly string[] = Object.keys(RULES);

/** The fingerprint of a subsystem's alert by one rule. */
export function healthFingerprint(rule: string, subsystem: string): string {
  return `health/${rule}/${subsystem}`;
}

/** Does the status word rest on nothing that it said, was asked or did? After a start of ours that is no judgement. */
export function isUnheard({ rule }: Pick<SubsystemHealth, 'rule'>): boolean {
  return Object.hasOwn(UNHEARD, rule ?? '');
}

/** The rules whose alerts from before our start are over by this health. */
export function disprovedBy({ rule }: Pick<SubsystemHealth, 'rule'>): readonly string[] {
  const name = rule ?? '';
  return (Object.hasOwn(UNHEARD, name) ? UNHEARD[name] : undefined) ?? ALERTING_RULES;
}

/** Does the alert follow the subsystem's status word, and so end with it? */
export function isHealthAlert({ fingerprint }: { fingerprint: string }): boolean {
  return fingerprint.startsWith('health/');
}

/**
 * The alert that a subsystem's health calls for now; pure.
 *
 * @returns `hold` while it starts, undefined when nothing is wrong.
 */
export function conditionOf(health: SubsystemHealth): AlertCondition | 'hold' | undefined {
  const name = health.rule ?? '';
  if (name === 'starting') return 'hold';
  const rule = Object.hasOwn(RULES, name) ? RULES[name] : undefined;
  if (rule === undefined) return undefined;
  const { liveness, readiness, progress } = health.axes;
  return {
    fingerprint: healthFingerprint(name, health.name),
    type: rule.type,
    severity: rule.severity,
    subsystem: health.name,
    message: `${health.name}: ${rule.message(health)}`,
    labels: { rule: name, domain: health.domain },
    evidence: { liveness, readiness, progress },
  };
}
