import type { Alert, LabelSet, PostedAlert } from '@dreamnet/contracts';

/** By this annotation an alert of ours is known again after a restart; its value is the alert's id. */
const OWN_MARK = 'alert_id';
/** A firing alert of ours ends when we say so, not by itself; no time is asked for that is not a date. */
const UNTIL_TOLD_MS = 365 * 86_400_000;

/** An alert of ours as the delivery takes it, firing from its activation on. */
export function ownNotice(alert: Alert, now: number): PostedAlert {
  return {
    labels: ownLabels(alert),
    annotations: annotationsOf(alert),
    startsAt: alert.activeAt ?? alert.detectedAt,
    endsAt: now + UNTIL_TOLD_MS,
  };
}

/** The end of what was told with these labels. */
export function ownEnd(alert: Alert, labels: LabelSet, now: number): PostedAlert {
  const startsAt = alert.activeAt ?? alert.detectedAt;
  const endedAt = alert.resolvedAt ?? alert.closedAt ?? now;
  // The wall clock may have been set back since: an end before its beginning would be refused.
  return {
    labels,
    annotations: annotationsOf(alert),
    startsAt: Math.min(startsAt, endedAt),
    endsAt: endedAt,
  };
}

/** The id of our alert that this is; undefined for one from elsewhere. */
export function ownAlertId(annotations: LabelSet): string | undefined {
  const id = Object.hasOwn(annotations, OWN_MARK) ? annotations[OWN_MARK] : undefined;
  return id?.startsWith('alert-') ? id : undefined;
}

/** What routes, silences and inhibition of an alert of ours go by. */
export function ownLabels(alert: Alert): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [name, value] of Object.entries(alert.labels))
    if (value !== '') labels[name.replace(/[^a-zA-Z0-9_]/g, '_')] = value;
  const { type, severity, subsystem } = alert;
  return { ...labels, alertname: alert.labels.rule ?? alert.labels.gap ?? type, subsystem, type, severity };
}

/** What is said of an alert of ours. */
export function annotationsOf(alert: Alert): LabelSet {
  return {
    summary: alert.message,
    ...alert.annotations,
    [OWN_MARK]: alert.id,
    ...(alert.causedBy === undefined ? {} : { caused_by: alert.causedBy }),
    ...(alert.incidentId === undefined ? {} : { incident_id: alert.incidentId }),
    ...(alert.acknowledgedBy === undefined ? {} : { acknowledged_by: alert.acknowledgedBy }),
    ...(alert.resolvedBy === undefined ? {} : { resolved_by: alert.resolvedBy }),
  };
}
