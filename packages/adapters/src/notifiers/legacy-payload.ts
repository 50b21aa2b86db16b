import { createHash } from 'node:crypto';
import type { Alert, LegacyNotification } from '@dreamnet/contracts';

/** One alert as Alertmanager's webhook receivers know it. Times are RFC 3339. */
export interface WebhookAlert {
  status: 'firing' | 'resolved';
  labels: Record<string, string>;
  annotations: Record<string, string>;
  startsAt: string;
  endsAt: string;
  generatorURL: string;
  fingerprint: string;
}

/**
 * The body of a webhook notification.
 *
 * @source Alertmanager, "webhook_config": payload version 4
 */
export interface WebhookPayload {
  version: '4';
  groupKey: string;
  truncatedAlerts: number;
  status: 'firing' | 'resolved';
  receiver: string;
  groupLabels: Record<string, string>;
  commonLabels: Record<string, string>;
  commonAnnotations: Record<string, string>;
  externalURL: string;
  alerts: WebhookAlert[];
}

/** Go's zero time, by which Alertmanager says that an alert has not ended. */
const NOT_ENDED = '0001-01-01T00:00:00Z';

/**
 * A notification in Alertmanager's form, so that every receiver written for it understands ours.
 *
 * @param externalUrl Where a person sees the alert, e.g. the console's address.
 */
export function toWebhookPayload(notification: LegacyNotification, externalUrl: string): WebhookPayload {
  const alerts = notification.alerts.map((alert) => toWebhookAlert(alert, externalUrl));
  const commonLabels = inCommon(alerts.map(({ labels }) => labels));
  const groupLabels = 'alertname' in commonLabels ? { alertname: commonLabels.alertname ?? '' } : {};
  return {
    version: '4',
    groupKey: `{}:${JSON.stringify(groupLabels)}`,
    truncatedAlerts: 0,
    status: notification.status,
    receiver: notification.receiver,
    groupLabels,
    commonLabels,
    commonAnnotations: inCommon(alerts.map(({ annotations }) => annotations)),
    externalURL: externalUrl,
    alerts,
  };
}

function toWebhookAlert(alert: Alert, externalUrl: string): WebhookAlert {
  const endedAt = alert.resolvedAt ?? alert.closedAt;
  return {
    status: endedAt === undefined ? 'firing' : 'resolved',
    labels: {
      alertname: alert.type,
      ...alert.labels,
      subsystem: alert.subsystem,
      severity: alert.severity,
    },
    annotations: annotationsOf(alert),
    startsAt: new Date(alert.activeAt ?? alert.detectedAt).toISOString(),
    endsAt: endedAt === undefined ? NOT_ENDED : new Date(endedAt).toISOString(),
    generatorURL: externalUrl,
    // Receivers expect 16 hex digits there, ours is a text: the same alert keeps the same digits.
    fingerprint: createHash('sha256').update(alert.fingerprint).digest('hex').slice(0, 16),
  };
}

function annotationsOf(alert: Alert): Record<string, string> {
  return {
    summary: alert.message,
    alert_id: alert.id,
    ...(alert.causedBy === undefined ? {} : { caused_by: alert.causedBy }),
    ...(alert.incidentId === undefined ? {} : { incident_id: alert.incidentId }),
    ...(alert.resolvedBy === undefined ? {} : { resolved_by: alert.resolvedBy }),
  };
}

/** What all of them have with the same value. */
function inCommon(records: readonly Record<string, string>[]): Record<string, string> {
  const [first, ...rest] = records;
  const entries = Object.entries(first ?? {});
  return Object.fromEntries(entries.filter(([name, value]) => rest.every((one) => one[name] === value)));
}
