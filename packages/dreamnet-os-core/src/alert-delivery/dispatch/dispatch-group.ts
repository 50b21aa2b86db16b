import type { LabelSet } from '@dreamnet/contracts';
import { compareLabels, compareText, labelValue } from '../labels/label-sets.js';
import { labelsText } from '../labels/label-text.js';
import type { Route } from '../routes/route-tree.js';
import type { AlertRecord } from './alert-record.js';

/** Alerts of one route that are told of together. */
export interface DispatchGroup {
  readonly route: Route;
  /** `{}/{team="x"}:{alertname="Down"}`: the same through restarts, so what was told is found again. */
  readonly key: string;
  readonly labels: LabelSet;
  members: AlertRecord[];
  /** A list of this group alone: all alerts that are in no other share it (half a megabyte less for 10,000). */
  readonly alone: readonly DispatchGroup[];
  /** False when members were added since they were last put in order. */
  isSorted: boolean;
  /** Monotonic ms of the next look at it. */
  dueMs: number;
  /** Has its time come once? */
  isBegun: boolean;
  state: GroupState;
  /** Monotonic ms at which it was last handed over to be told of. */
  handedMs: number;
  /** Monotonic ms at which its last alert joined it. */
  grownMs: number;
  /** While it grows it is not looked at before this (monotonic ms). */
  restMs: number;
  /** Its time came while it was being told of: look again at once. */
  isOverdue: boolean;
}

/** `waiting` for its time, `ready` in a lane, `telling` (a delivery is under way), `gone` (empty and dropped). */
export type GroupState = 'waiting' | 'ready' | 'telling' | 'gone';

/** The key of the group that an alert belongs to under a route. */
export function groupKeyOf(record: AlertRecord, route: Route): string {
  return `${route.key}:${labelsText(record.labels, groupNames(record, route))}`;
}

/** A group with its first alert. @param dueMs Monotonic ms of its first look. */
export function createDispatchGroup(
  { record, route, key }: { record: AlertRecord; route: Route; key: string },
  dueMs: number,
): DispatchGroup {
  const alone: DispatchGroup[] = [];
  const group: DispatchGroup = {
    route,
    key,
    alone,
    labels: groupLabels(record, route),
    // Not filled later: a list that is empty at first makes room for seventeen when the first comes.
    members: [record],
    isSorted: true,
    dueMs,
    isBegun: false,
    state: 'waiting',
    handedMs: dueMs,
    grownMs: dueMs,
    restMs: 0,
    isOverdue: false,
  };
  alone.push(group);
  return group;
}

/** Do two alerts belong to the same group of a route? Of a route on which each has its own, only one and the same. */
export function isAlike(one: AlertRecord, other: AlertRecord, { groupBy }: Route): boolean {
  if (groupBy === null) return one === other;
  for (const name of groupBy)
    if (labelValue(one.labels, name) !== labelValue(other.labels, name)) return false;
  return true;
}

/** The members in the order in which Alertmanager tells of them: by job, by instance, then by all labels. */
export function sortedMembers(group: DispatchGroup): readonly AlertRecord[] {
  if (!group.isSorted) {
    group.members.sort(compareRecords);
    group.isSorted = true;
  }
  return group.members;
}

/** Takes out of the group what has been told as resolved. */
export function removeMembers(group: DispatchGroup, isToldOf: (record: AlertRecord) => boolean): void {
  // Mostly there is none; and a list that a filter makes has room for many.
  if (!group.members.some(isToldOf)) return;
  group.members = group.members.filter((record) => {
    if (!isToldOf(record)) return true;
    if (record.groups.includes(group))
      record.groups = record.groups.map((one) => (one === group ? undefined : one));
    return false;
  });
}

function compareRecords(a: AlertRecord, b: AlertRecord): number {
  return compareByLabel(a, b, 'job') || compareByLabel(a, b, 'instance') || compareLabels(a, b);
}

/** Who has the label goes before who has not. */
function compareByLabel(a: AlertRecord, b: AlertRecord, name: string): number {
  const one = labelValue(a.labels, name);
  const other = labelValue(b.labels, name);
  if (one === other) return 0;
  if (one === '') return 1;
  return other === '' ? -1 : compareText(one, other);
}

function groupNames(record: AlertRecord, { groupBy }: Route): readonly string[] {
  return groupBy === null ? record.names : groupBy.filter((name) => labelValue(record.labels, name) !== '');
}

function groupLabels(record: AlertRecord, route: Route): LabelSet {
  if (route.groupBy === null) return record.labels;
  const labels: Record<string, string> = {};
  for (const name of groupNames(record, route)) labels[name] = labelValue(record.labels, name);
  return labels;
}
