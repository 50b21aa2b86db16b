import type { Alert, AlertState, AlertView, LabelSet, Severity } from '@dreamnet/contracts';
import { compileMatchers, readMatchers } from '../../labels/matchers.js';

/** Whether somebody is told of an alert, or why nobody is. */
export const STANDINGS = ['unseen', 'acknowledged', 'silenced', 'inhibited', 'muted'] as const;
export type Standing = (typeof STANDINGS)[number];

/** What is looked for; an empty value is anything. */
export interface AlertWish {
  state: string;
  severity: string;
  subsystem: string;
  standing: string;
  /** Conditions on labels as they are typed. */
  labels: string;
  text: string;
}

/** State of the switch → states of alerts. */
const STATES: Readonly<Record<string, readonly AlertState[]>> = {
  open: ['detected', 'active'],
  resolved: ['resolved'],
  closed: ['closed'],
};
const SEVERITIES: readonly Severity[] = ['critical', 'warning', 'info'];

/** The labels by which an alert can be found, silenced and grouped: its own and what it is. */
export function labelsOf(alert: AlertView): LabelSet {
  const { subsystem, severity, type, labels } = alert;
  return { subsystem, severity, type, ...labels };
}

/** What keeps people from being told of it, all that hold. */
export function standingsOf(alert: AlertView): Standing[] {
  const holds: Readonly<Record<Standing, boolean>> = {
    unseen: alert.acknowledgedBy === undefined,
    acknowledged: alert.acknowledgedBy !== undefined,
    silenced: (alert.silencedBy?.length ?? 0) > 0,
    inhibited: alert.causedBy !== undefined || (alert.inhibitedBy?.length ?? 0) > 0,
    muted: (alert.mutedBy?.length ?? 0) > 0,
  };
  return STANDINGS.filter((standing) => holds[standing]);
}

/** Those that match, the worst first, then the newest. Conditions that cannot be read do not narrow the list. */
export function filterAlerts(alerts: readonly AlertView[], wish: AlertWish): AlertView[] {
  const read = readMatchers(wish.labels);
  const hasLabels = 'matchers' in read ? compileMatchers(read.matchers) : () => true;
  const states = STATES[wish.state];
  const sought = wish.text.trim().toLowerCase();
  return alerts
    .filter(
      (alert) =>
        (!states || states.includes(alert.state)) &&
        (wish.severity === '' || alert.severity === wish.severity) &&
        (wish.subsystem === '' || alert.subsystem === wish.subsystem) &&
        (wish.standing === '' || standingsOf(alert).includes(wish.standing as Standing)) &&
        (sought === '' || textOf(alert).includes(sought)) &&
        hasLabels(labelsOf(alert)),
    )
    .sort(worstFirst);
}

/** The worst first, then the newest. */
function worstFirst(a: Alert, b: Alert): number {
  return rank(a) - rank(b) || b.detectedAt - a.detectedAt || (a.id < b.id ? -1 : 1);
}

function rank({ severity }: Alert): number {
  return SEVERITIES.indexOf(severity);
}

function textOf({ subsystem, message, labels }: AlertView): string {
  return `${subsystem}\n${message}\n${Object.values(labels).join('\n')}`.toLowerCase();
}
