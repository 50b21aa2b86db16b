import type { AlertView } from '@dreamnet/contracts';
import { labelsOf } from './alert-filter.js';

/** A group's own line. `criticals` of its alerts are critical. */
export interface GroupRow {
  kind: 'group';
  value: string;
  count: number;
  criticals: number;
  warnings: number;
  isFolded: boolean;
}

/** One line of the list. */
export type AlertRow = GroupRow | { kind: 'alert'; alert: AlertView };

/** Every label the alerts have, the ones most alerts have first. */
export function labelNames(alerts: readonly AlertView[]): string[] {
  const counts = new Map<string, number>();
  for (const alert of alerts)
    for (const name of Object.keys(labelsOf(alert))) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([name]) => name);
}

/**
 * The alerts under their groups, the group with the most criticals first, then the largest; within one as given.
 *
 * @param by Name of a label; empty for no groups. Alerts without it are a group of their own.
 * @param folded Values of groups whose alerts are not listed.
 */
export function groupAlerts(
  alerts: readonly AlertView[],
  by: string,
  folded: ReadonlySet<string>,
): AlertRow[] {
  if (by === '') return alerts.map((alert) => ({ kind: 'alert', alert }));
  const groups = new Map<string, AlertView[]>();
  for (const alert of alerts) {
    const value = labelsOf(alert)[by] ?? '';
    const known = groups.get(value);
    if (known) known.push(alert);
    else groups.set(value, [alert]);
  }
  const rows = [...groups].map(([value, own]) => ({ own, row: groupRow(value, own, folded.has(value)) }));
  rows.sort(
    (a, b) =>
      b.row.criticals - a.row.criticals || b.row.count - a.row.count || (a.row.value < b.row.value ? -1 : 1),
  );
  return rows.flatMap(({ row, own }) => [
    row,
    ...(row.isFolded ? [] : own.map((alert) => ({ kind: 'alert' as const, alert }))),
  ]);
}

function groupRow(value: string, alerts: readonly AlertView[], isFolded: boolean): GroupRow {
  const counted = (severity: AlertView['severity']) =>
    alerts.filter((alert) => alert.severity === severity).length;
  return {
    kind: 'group',
    value,
    count: alerts.length,
    criticals: counted('critical'),
    warnings: counted('warning'),
    isFolded,
  };
}
