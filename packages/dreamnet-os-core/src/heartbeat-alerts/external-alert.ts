import type { Alert, AlertType, LabelSet, PostedAlert, Severity } from '@dreamnet/contracts';
import type { DeliveredAlert } from '../alert-delivery/alert-delivery-boundary.js';
import type { AlertCondition } from '../boundary.js';

/** Fingerprints of alerts that somebody else posted begin with this. */
export const EXTERNAL_PREFIX = 'external/';
/** What is listed without being in the book has an id of this kind. */
export const EXTERNAL_ID = 'external-';

/** Was it posted by somebody else? Then it was told of when it was posted. */
export function isFromElsewhere({ fingerprint }: Pick<Alert, 'fingerprint'>): boolean {
  return fingerprint.startsWith(EXTERNAL_PREFIX);
}

/** Labels that name what an alert is about, most telling first. */
const SUBJECT_LABELS = ['subsystem', 'service', 'job', 'instance'] as const;
const TYPES: readonly AlertType[] = ['health', 'performance', 'error', 'integration'];
/** Words for severities in use elsewhere; what is not here is a warning. */
const SEVERITIES: Readonly<Record<string, Severity>> = {
  critical: 'critical',
  page: 'critical',
  error: 'critical',
  fatal: 'critical',
  emergency: 'critical',
  high: 'critical',
  info: 'info',
  informational: 'info',
  notice: 'info',
  none: 'info',
  low: 'info',
  debug: 'info',
};

/** The subsystem an alert from elsewhere is about, by its labels; empty when none says so. */
export function subjectOfLabels(labels: LabelSet): string {
  for (const name of SUBJECT_LABELS) {
    const value = Object.hasOwn(labels, name) ? labels[name] : undefined;
    if (value !== undefined && value !== '') return value;
  }
  return '';
}

/** An alert from elsewhere in the shape of ours; its labels and annotations are kept whole. */
export function externalAlert(delivered: DeliveredAlert, now: number): Alert {
  const { labels, annotations, fingerprint, startsAt, endsAt, updatedAt } = delivered;
  const isOver = endsAt <= now;
  return {
    id: `${EXTERNAL_ID}${fingerprint}`,
    ...traitsOf({ labels, annotations }, fingerprint),
    state: isOver ? 'resolved' : 'active',
    labels,
    annotations,
    detectedAt: startsAt,
    activeAt: startsAt,
    ...(isOver ? { resolvedAt: endsAt } : {}),
    lastSeenAt: updatedAt,
  };
}

/** The condition an alert from elsewhere stands for when it is about a watched subsystem. */
export function externalCondition(posted: PostedAlert, fingerprint: string): AlertCondition {
  const { labels, annotations = {} } = posted;
  return {
    ...traitsOf({ labels, annotations }, fingerprint),
    labels,
    annotations,
    forMs: 0,
    keepFiringForMs: 0,
  };
}

function traitsOf(
  { labels, annotations }: { labels: LabelSet; annotations: LabelSet },
  fingerprint: string,
): Pick<Alert, 'fingerprint' | 'type' | 'severity' | 'subsystem' | 'message' | 'evidence'> {
  const severity = (labels.severity ?? '').toLowerCase();
  return {
    fingerprint: `${EXTERNAL_PREFIX}${fingerprint}`,
    type: TYPES.find((type) => type === labels.type) ?? 'health',
    severity: Object.hasOwn(SEVERITIES, severity) ? (SEVERITIES[severity] ?? 'warning') : 'warning',
    subsystem: subjectOfLabels(labels),
    message:
      annotations.summary ||
      annotations.description ||
      annotations.message ||
      labels.alertname ||
      'an alert without a name',
    evidence: { postedBy: 'somebody else' },
  };
}
