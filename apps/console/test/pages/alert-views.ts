import type { AlertView } from '@dreamnet/contracts';

/** An alert with what a test cares for. */
export function alertView(id: string, patch: Partial<AlertView> = {}): AlertView {
  return {
    id,
    fingerprint: `rule/${id}`,
    type: 'error',
    severity: 'warning',
    state: 'active',
    subsystem: 'ledger',
    message: 'error rate 0.08 above 0.05',
    labels: { alertname: 'HighErrorRate', team: 'payments' },
    evidence: {},
    detectedAt: 1_000,
    lastSeenAt: 1_000,
    ...patch,
  };
}
