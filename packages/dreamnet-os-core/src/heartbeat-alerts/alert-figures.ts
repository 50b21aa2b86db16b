import type { Alert, HealthStats } from '@dreamnet/contracts';

/** Counts alerts and the mean time from detected to resolved; pure. Closed alerts that were resolved count as such. */
export function alertFigures(alerts: readonly Alert[]): Pick<HealthStats, 'alerts' | 'meanTimeToResolveMs'> {
  const active = alerts.filter(({ state }) => state === 'active');
  const bySeverity = { info: 0, warning: 0, critical: 0 };
  for (const { severity } of active) bySeverity[severity] += 1;
  let resolved = 0;
  let sumMs = 0;
  for (const { resolvedAt, detectedAt } of alerts) {
    if (resolvedAt === undefined) continue;
    resolved += 1;
    // The wall clock may have been set back between the two.
    sumMs += Math.max(0, resolvedAt - detectedAt);
  }
  return {
    alerts: { active: active.length, resolved, bySeverity },
    meanTimeToResolveMs: resolved === 0 ? null : sumMs / resolved,
  };
}
