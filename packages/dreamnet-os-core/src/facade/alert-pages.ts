import type { Alert, AlertState, AlertView, LabelMatcher, Severity } from '@dreamnet/contracts';
import { compileMatchers, matchesAll } from '../alert-delivery/matchers/label-matching.js';
import { EXTERNAL_PREFIX } from '../heartbeat-alerts/external-alert.js';
import { WORST_FIRST } from '../heartbeat-alerts/severities.js';
import type { DreamNetOSCoreFacade } from './dreamnet-os-core.js';
import type { Rooms } from './rooms.js';

/** Which alerts to show; everything left out is all. */
export interface AlertPageQuery {
  /** Default: those that are not over. */
  states?: readonly AlertState[];
  severity?: Severity;
  subsystem?: string;
  /** On the alert's labels, its subsystem, severity, type and `alertname`. */
  matchers?: readonly LabelMatcher[];
  /** Default `newest` first; `worst` is by severity, then the newest. */
  order?: 'newest' | 'worst';
  /** Only those that stand after this place in the order asked for: however many came or went meanwhile, none is shown twice or passed over. */
  after?: AlertPlace;
  /** How many of the found ones are passed over, and how many are shown at most. Default 0 and all. */
  offset?: number;
  limit?: number;
}

/** Where an alert stands in every order of alerts, whatever becomes of it. */
export type AlertPlace = Pick<Alert, 'severity' | 'detectedAt' | 'id'>;

/** A part of the alerts that were asked for, and how many there are of them in all. */
export interface AlertPage {
  alerts: AlertView[];
  total: number;
  /** The place of the last one shown, to go on `after`; left out when there are no more. */
  next?: AlertPlace;
}

export const OPEN_STATES: readonly AlertState[] = ['detected', 'active'];
const newestFirst = (a: AlertPlace, b: AlertPlace): number =>
  b.detectedAt - a.detectedAt || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);
/** Total orders: of two alerts of the same moment the id decides, so that every alert has a place of its own. */
const ORDERS = {
  newest: newestFirst,
  worst: (a: AlertPlace, b: AlertPlace): number =>
    WORST_FIRST.indexOf(a.severity) - WORST_FIRST.indexOf(b.severity) || newestFirst(a, b),
} as const;

/** Alerts a page at a time: who is told of an alert is worked out only for those that are shown. */
export function alertPages(rooms: Rooms): Pick<DreamNetOSCoreFacade, 'alertPage' | 'alertView'> {
  const { alerts, alerting } = rooms;
  return {
    alertPage: (query = {}) => {
      const { after, offset = 0, limit = Number.POSITIVE_INFINITY, order = 'newest' } = query;
      const compare = ORDERS[order];
      const found = candidates(rooms, query).filter(testOf(query)).sort(compare);
      const first =
        offset + (after === undefined ? 0 : found.filter((one) => compare(one, after) <= 0).length);
      const shown = found.slice(first, first + limit);
      const last = first + limit < found.length ? shown.at(-1) : undefined;
      return {
        alerts: shown.map((alert) => viewOf(rooms, alert)),
        total: found.length,
        ...(last && { next: { severity: last.severity, detectedAt: last.detectedAt, id: last.id } }),
      };
    },
    alertView: (id) => {
      const alert = alerts.get(id) ?? alerting.external.get(id);
      return alert && viewOf(rooms, alert);
    },
  };
}

/** Ours and those from elsewhere, newest first. */
export function recentAlerts({ alerts, alerting }: Rooms, limit: number): Alert[] {
  return withExternal([...alerts.recent(limit)], alerting.external.list()).slice(0, Math.max(0, limit));
}

function candidates(rooms: Rooms, { states = OPEN_STATES }: AlertPageQuery): Alert[] {
  if (!states.every((state) => OPEN_STATES.includes(state)))
    return recentAlerts(rooms, Number.MAX_SAFE_INTEGER);
  return withExternal([...rooms.alerts.open()].reverse(), rooms.alerting.external.list());
}

function withExternal(own: Alert[], external: readonly Alert[]): Alert[] {
  if (external.length === 0) return own;
  return [...own, ...external].sort((a, b) => b.detectedAt - a.detectedAt);
}

function testOf(query: AlertPageQuery): (alert: Alert) => boolean {
  const { states = OPEN_STATES, severity, subsystem } = query;
  const matchers = compileMatchers(query.matchers ?? []);
  return (alert) =>
    states.includes(alert.state) &&
    (severity === undefined || alert.severity === severity) &&
    (subsystem === undefined || alert.subsystem === subsystem) &&
    (matchers.length === 0 || matchesAll(matchers, labelsOf(alert)));
}

function labelsOf({ labels, subsystem, severity, type }: Alert) {
  return { alertname: labels.rule ?? type, ...labels, subsystem, severity, type };
}

/** With who is told of it, and what keeps it from being told. */
function viewOf({ alerting }: Rooms, alert: Alert): AlertView {
  const fingerprint = alert.fingerprint.startsWith(EXTERNAL_PREFIX)
    ? alert.fingerprint.slice(EXTERNAL_PREFIX.length)
    : alerting.teller.fingerprintOf(alert.id);
  const found = fingerprint === undefined ? undefined : alerting.delivery.alert(fingerprint);
  if (found === undefined) return alert;
  const { silencedBy, inhibitedBy, mutedBy } = found.status;
  return { ...alert, receivers: found.receivers, silencedBy, inhibitedBy, mutedBy };
}
