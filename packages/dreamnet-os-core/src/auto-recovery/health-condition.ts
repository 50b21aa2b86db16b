import type { Alert, RecoveryAction } from '@dreamnet/contracts';
import type { HealthEngine } from '../boundary.js';
import { isError, sameTrouble } from '../health/status-rules.js';
import { EXTERNAL_PREFIX } from '../heartbeat-alerts/external-alert.js';
import { isHealthAlert } from '../heartbeat-alerts/health-rules.js';
import { RULE_PREFIX } from '../heartbeat-alerts/rules/rule-subjects.js';
import type { ConditionReading, FindingCondition } from '../remediation/verification.js';
import { openAlertsAbout, type RecoveryDeps } from './recovery-deps.js';

type ConditionDeps = Pick<RecoveryDeps, 'clock' | 'health' | 'alerts' | 'seen' | 'incidents'>;

/**
 * Is what a recovery action was for gone? Not whether all is well: who answers again and warns of something else was mended. The health
 * engine is asked, not the alert: an alert stays open for a while after its condition has ended, and one that a person resolved by
 * hand proves nothing.
 */
export function healthCondition(deps: ConditionDeps, remedy: RecoveryAction): FindingCondition {
  const name = remedy.subsystem;
  const isHeardOf = (deps.health.read(name)?.lastUpdatedAt ?? null) !== null;
  return { canFail: isHeardOf && isAskable(deps.health, name), read: () => read(deps, remedy) };
}

/**
 * What a remedy that waits for a word was for is over, by something heard since it was proposed.
 *
 * @returns Why, in words; undefined while it is not over.
 */
export function overBecause(deps: ConditionDeps, remedy: RecoveryAction): string | undefined {
  if (!read(deps, remedy).isGone) return undefined;
  const { status, reason = '' } = deps.health.read(remedy.subsystem) ?? {};
  const how = status === 'warn' ? 'warns of something else' : 'is well';
  return `'${remedy.subsystem}' ${how}: ${reason}`;
}

/** A subsystem that nothing but our own belief speaks for cannot be verified. */
function isAskable(health: HealthEngine, name: string): boolean {
  const subsystem = health.subsystem(name);
  const rule = health.read(name)?.rule;
  const isHeartbeating = rule === 'heartbeat_missing' || rule === 'heartbeat_late' || rule === 'told_error';
  return Boolean(subsystem?.probe ?? subsystem?.status ?? subsystem?.identity) || isHeartbeating;
}

function read(deps: ConditionDeps, remedy: RecoveryAction): ConditionReading {
  const state = deps.health.read(remedy.subsystem);
  const foreign = openAlertsAbout(deps, remedy).filter(isForeign);
  const isWell = state?.status === 'ok' || state?.rule === 'alive_only' || warnsOfElse(deps, remedy);
  return {
    isGone: isWell && isFresh(deps, remedy) && foreign.length === 0,
    evidence: {
      status: state?.status ?? 'unknown',
      reason: state?.reason ?? 'it is not watched',
      lastUpdatedAt: state?.lastUpdatedAt ?? null,
      openAlerts: foreign.map(({ id }) => id),
    },
  };
}

/**
 * Was anything heard of it since the remedy was carried out, or proposed? When that lies ahead, the clock was set back since, and
 * cannot tell: that it is well, which it was not then, must do.
 */
function isFresh({ clock, health }: ConditionDeps, remedy: RecoveryAction): boolean {
  const since = remedy.executedAt ?? remedy.createdAt;
  return since > clock.now() || (health.read(remedy.subsystem)?.lastUpdatedAt ?? 0) >= since;
}

/** Does it warn, and of nothing that the remedy was for, under whatever name? An error of any kind is no repair. */
function warnsOfElse(deps: ConditionDeps, remedy: RecoveryAction): boolean {
  if (deps.health.read(remedy.subsystem)?.status !== 'warn') return false;
  const meant = rulesBehind(deps, remedy).flatMap(sameTrouble);
  const troubles = deps.health.troubles(remedy.subsystem);
  // Of what nobody knows what it was for, only one that is well is known to be mended.
  return meant.length > 0 && !troubles.some((rule) => isError(rule) || meant.includes(rule));
}

/** The rules of the status word a remedy was made for: of its alert, and of what was so when it was planned. */
function rulesBehind({ seen }: ConditionDeps, { findingId, evidence, executor }: RecoveryAction): string[] {
  const alert = seen.get(findingId);
  const rules = [alert && isHealthAlert(alert) ? alert.labels.rule : undefined, evidence.rule];
  // Its supervisor starts anew what has ended.
  if (executor === 'supervisor') rules.push('dead');
  return rules.filter((rule) => typeof rule === 'string');
}

/**
 * An alert that came neither from the health engine nor from a rule on values: its end is told by the alert itself.
 * A threshold that is still passed, or an alert from elsewhere that is told of late, does not make a repair fail.
 */
function isForeign({ fingerprint, labels, type }: Alert): boolean {
  if (fingerprint.startsWith(RULE_PREFIX) || fingerprint.startsWith(EXTERNAL_PREFIX)) return false;
  return labels.rule === undefined && type !== 'integration';
}
