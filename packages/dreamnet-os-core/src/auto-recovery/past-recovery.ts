import type { Alert, Incident } from '@dreamnet/contracts';
import type { IncidentBook } from '../incidents/incident-book.js';
import type { RecoveryDeps } from './recovery-deps.js';

/** Has it an incident of its own that is not over? */
export function ongoingRecovery(incidents: Pick<IncidentBook, 'openFor'>, name: string): string | undefined {
  return incidents.openFor(name) ? 'it is recovering from an incident of its own' : undefined;
}

/**
 * Why a dependency that works by now explains an alert all the same: it is recovering, or it had recovered at most the
 * grace before the alert. Dependents tell late of what they met, and take a moment to come back.
 *
 * A dependent whose own process is gone or stopped is explained by nothing that is over.
 */
export function recoveryThatExplains(
  { incidents, health, policy }: Pick<RecoveryDeps, 'incidents' | 'health' | 'policy'>,
  alert: Pick<Alert, 'subsystem' | 'detectedAt'>,
): (name: string) => string | undefined {
  const liveness = health.read(alert.subsystem)?.axes.liveness.state;
  const isDown = liveness === 'dead' || liveness === 'suspended';
  return (name) => {
    const ongoing = ongoingRecovery(incidents, name);
    if (ongoing !== undefined || isDown) return ongoing;
    const last = incidents.lastResolvedFor(name);
    if (last?.resolvedAt === undefined || !hasFailedItself(last)) return undefined;
    // Both by the wall clock, which may have been set back in between.
    const agoMs = Math.abs(alert.detectedAt - last.resolvedAt);
    return agoMs <= policy.graceMs ? `it has just recovered: ${last.id}` : undefined;
  };
}

/** An incident that only waited for dependents says nothing of the cause: else each would lead to the next. */
function hasFailedItself({ cause, stages }: Incident): boolean {
  return stages.some(
    ({ stage, subsystem }) => subsystem === cause.subsystem && (stage === 'detected' || stage === 'fault'),
  );
}
