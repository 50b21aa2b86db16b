import type {
  AlertGroup,
  AlertQuery,
  DeliveredAlert,
  DeliveredAlertStatus,
} from './alert-delivery-boundary.js';
import { type AlertRecord, isResolved } from './dispatch/alert-record.js';
import { type DispatchGroup, sortedMembers } from './dispatch/dispatch-group.js';
import type { Dispatcher } from './dispatch/dispatcher.js';
import { compareLabels, compareText, type KeptLabels, sortedNames } from './labels/label-sets.js';
import { compileMatchers, matchesAll } from './matchers/label-matching.js';
import type { Suppression } from './suppression.js';
import type { MuteTimes } from './time-intervals/mute-times.js';

/** What lists are made from. */
export interface ListingDeps {
  /** In the order of their fingerprints. */
  records: readonly AlertRecord[];
  dispatcher: Dispatcher;
  suppression: Suppression;
  muteTimes: MuteTimes;
  now: number;
  /** Before the start nothing is told of, whatever its state. */
  isRunning: boolean;
}

const NOBODY: readonly string[] = [];
/** Most alerts are kept quiet by nothing: one object says so for all of them. */
const FREE: DeliveredAlertStatus = Object.freeze({
  state: 'active',
  silencedBy: NOBODY,
  inhibitedBy: NOBODY,
  mutedBy: NOBODY,
});

/** Alerts that have not ended, by their fingerprints. */
export function* listAlerts(deps: ListingDeps, query: AlertQuery): Generator<DeliveredAlert> {
  const isWanted = filterOf(deps, query);
  for (const record of deps.records) {
    const receivers = deps.dispatcher.receiversOf(record);
    if (query.receiver && !receivers.some((receiver) => query.receiver?.test(receiver))) continue;
    const status = isWanted(record, NOBODY);
    if (status) yield deliveredAlert(record, receivers, status);
  }
}

/** One alert that has not ended. */
export function describeAlert(
  deps: Omit<ListingDeps, 'records'>,
  record: AlertRecord,
): DeliveredAlert | undefined {
  if (isResolved(record, deps.now)) return undefined;
  return deliveredAlert(record, deps.dispatcher.receiversOf(record), statusOf(deps, record, NOBODY));
}

/** Groups with at least one alert that is asked for, by their labels and receivers. */
export function listGroups(deps: ListingDeps, query: AlertQuery): readonly AlertGroup[] {
  const isWanted = filterOf(deps, query);
  const found: { labels: KeptLabels; group: AlertGroup }[] = [];
  for (const group of deps.dispatcher.groups()) {
    const { receiver } = group.route;
    if (query.receiver && !query.receiver.test(receiver)) continue;
    const alerts = alertsOfGroup(deps, group, isWanted);
    if (alerts.length === 0) continue;
    const labels = { labels: group.labels, names: sortedNames(group.labels) };
    found.push({ labels, group: { receiver, groupKey: group.key, groupLabels: group.labels, alerts } });
  }
  found.sort((a, b) => compareLabels(a.labels, b.labels) || compareText(a.group.receiver, b.group.receiver));
  return found.map(({ group }) => group);
}

/** How many alerts are in which state. */
export function countStates(deps: ListingDeps): { active: number; suppressed: number; unprocessed: number } {
  const counts = { active: 0, suppressed: 0, unprocessed: 0 };
  for (const record of deps.records)
    if (!isResolved(record, deps.now)) counts[statusOf(deps, record, NOBODY).state] += 1;
  return counts;
}

type WantedStatus = (record: AlertRecord, mutedBy: readonly string[]) => DeliveredAlertStatus | undefined;

function alertsOfGroup(deps: ListingDeps, group: DispatchGroup, isWanted: WantedStatus): DeliveredAlert[] {
  const mutedBy = deps.muteTimes.mutedBy(group.route, deps.now);
  const alerts: DeliveredAlert[] = [];
  for (const record of sortedMembers(group)) {
    const status = isWanted(record, mutedBy);
    if (status) alerts.push(deliveredAlert(record, deps.dispatcher.receiversOf(record), status));
  }
  return alerts;
}

/** @returns The status of an alert that is asked for, undefined of one that is not. */
function filterOf(deps: ListingDeps, query: AlertQuery): WantedStatus {
  const matchers = compileMatchers(query.matchers ?? []);
  return (record, mutedBy) => {
    if (isResolved(record, deps.now) || !matchesAll(matchers, record.labels)) return undefined;
    const status = statusOf(deps, record, mutedBy);
    return isShown(status, query) ? status : undefined;
  };
}

function isShown(status: DeliveredAlertStatus, query: AlertQuery): boolean {
  if (query.isActive === false && status.state === 'active') return false;
  if (query.isUnprocessed === false && status.state === 'unprocessed') return false;
  if (query.isSilenced === false && status.silencedBy.length > 0) return false;
  if (query.isInhibited === false && status.inhibitedBy.length > 0) return false;
  return query.isMuted !== false || status.mutedBy.length === 0;
}

function statusOf(
  deps: Omit<ListingDeps, 'records'>,
  record: AlertRecord,
  mutedBy: readonly string[],
): DeliveredAlertStatus {
  const silencedBy = deps.suppression.silencedBy(record, deps.now);
  const inhibitedBy = deps.suppression.inhibitedBy(record, deps.now);
  const isQuiet = silencedBy.length > 0 || inhibitedBy.length > 0 || mutedBy.length > 0;
  if (deps.isRunning && !isQuiet) return FREE;
  const state = isQuiet ? 'suppressed' : 'unprocessed';
  return { state, silencedBy, inhibitedBy, mutedBy };
}

function deliveredAlert(
  record: AlertRecord,
  receivers: readonly string[],
  status: DeliveredAlertStatus,
): DeliveredAlert {
  const { fingerprint, labels, annotations, startsAt, endsAt, updatedAt, generatorURL } = record;
  return { fingerprint, labels, annotations, startsAt, endsAt, updatedAt, generatorURL, receivers, status };
}
