import type { Alert, AlertState } from '@dreamnet/contracts';
import { ALERT_STATES } from './alert-states.js';

const STRINGS = ['id', 'fingerprint', 'type', 'severity', 'state', 'subsystem', 'message'] as const;

/**
 * Reads an alert as it was stored.
 *
 * @returns What is wrong with it, in words, when it cannot be used.
 */
export function readStoredAlert(value: unknown): { alert: Alert } | { problem: string } {
  if (typeof value !== 'object' || value === null) return { problem: 'it is not an object' };
  const fields = value as Record<string, unknown>;
  const missing = STRINGS.find((name) => typeof fields[name] !== 'string');
  if (missing !== undefined) return { problem: `its ${missing} is missing` };
  if (!Object.hasOwn(ALERT_STATES, fields.state as AlertState)) return { problem: 'its state is not known' };
  if (typeof fields.detectedAt !== 'number') return { problem: 'its detectedAt is missing' };
  const alert = fields as unknown as Alert;
  const { labels, evidence, lastSeenAt, detectedAt } = alert;
  return {
    alert: { ...alert, labels: labels ?? {}, evidence: evidence ?? {}, lastSeenAt: lastSeenAt ?? detectedAt },
  };
}
