import type { LabelSet, Notification, NotifiedAlert } from '@dreamnet/contracts';

/** One alert as Alertmanager's webhook receivers know it. Times are RFC 3339. */
export interface WebhookAlert {
  status: 'firing' | 'resolved';
  labels: LabelSet;
  annotations: LabelSet;
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
  receiver: string;
  status: 'firing' | 'resolved';
  alerts: WebhookAlert[];
  groupLabels: LabelSet;
  commonLabels: LabelSet;
  commonAnnotations: LabelSet;
  externalURL: string;
  version: '4';
  groupKey: string;
  truncatedAlerts: number;
}

/** Go's zero time, by which Alertmanager says that an alert has not ended. */
const NOT_ENDED = '0001-01-01T00:00:00Z';

/** A notification in Alertmanager's form, its fields in Alertmanager's order, so that what was written for it understands ours. */
export function toWebhookPayload(notification: Notification): WebhookPayload {
  return {
    receiver: notification.receiver,
    status: notification.status,
    alerts: notification.alerts.map(toWebhookAlert),
    groupLabels: notification.groupLabels,
    commonLabels: notification.commonLabels,
    commonAnnotations: notification.commonAnnotations,
    externalURL: notification.externalURL,
    version: '4',
    groupKey: notification.groupKey,
    truncatedAlerts: notification.truncatedAlerts,
  };
}

/** One alert of it. */
export function toWebhookAlert(alert: NotifiedAlert): WebhookAlert {
  return {
    status: alert.status,
    labels: alert.labels,
    annotations: alert.annotations,
    startsAt: showTime(alert.startsAt),
    endsAt: alert.endsAt === null ? NOT_ENDED : showTime(alert.endsAt),
    generatorURL: alert.generatorURL,
    fingerprint: alert.fingerprint,
  };
}

let lastMs = Number.NaN;
let lastShown = '';

/** Alerts that were posted together began together, so the last text is most often the next one. */
function showTime(ms: number): string {
  if (ms !== lastMs) {
    lastShown = new Date(ms).toISOString();
    lastMs = ms;
  }
  return lastShown;
}
