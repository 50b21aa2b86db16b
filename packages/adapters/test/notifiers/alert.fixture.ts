import type { Alert, LegacyNotification } from '@dreamnet/contracts';

/** A health alert of `subsystem`, active since 2023-11-14T22:13:20Z. */
export function anAlert(subsystem: string, change: Partial<Alert> = {}): Alert {
  const at = 1_700_000_000_000;
  return {
    id: `alert-${subsystem}`,
    fingerprint: `health/${subsystem}`,
    type: 'health',
    severity: 'warning',
    state: 'active',
    subsystem,
    message: `${subsystem} does not answer`,
    labels: { team: 'a' },
    evidence: {},
    detectedAt: at - 5000,
    activeAt: at,
    lastSeenAt: at,
    ...change,
  };
}

export function aNotification(alerts: readonly Alert[] = [anAlert('ledger')]): LegacyNotification {
  return { id: 'notification-1', receiver: 'hook', status: 'firing', alerts, severity: 'warning', at: 1 };
}
