import { expect, test } from 'vitest';
import { groupAlerts, labelNames } from '../../src/pages/alerts/alert-groups.js';
import { alertView } from './alert-views.js';

const alerts = [
  alertView('a', { labels: { team: 'search' } }),
  alertView('b', { labels: { team: 'search' } }),
  alertView('c', { labels: { team: 'payments' }, severity: 'critical' }),
  alertView('d', { labels: {} }),
];
const lines = (folded: string[] = []) =>
  groupAlerts(alerts, 'team', new Set(folded)).map((row) =>
    row.kind === 'group' ? `${row.value || '(none)'} ${row.count}` : row.alert.id,
  );

test('groups: the one with criticals first, then the largest; who has no such label is a group, too', () => {
  expect(lines()).toEqual(['payments 1', 'c', 'search 2', 'a', 'b', '(none) 1', 'd']);
});

test('groups: a folded group shows its line alone', () => {
  expect(lines(['search'])).toEqual(['payments 1', 'c', 'search 2', '(none) 1', 'd']);
});

test('groups: without a label there are none', () => {
  expect(groupAlerts(alerts, '', new Set()).map(({ kind }) => kind)).toEqual(Array(4).fill('alert'));
});

test('groups: labels to group by, those that most alerts have first', () => {
  expect(labelNames(alerts)).toEqual(['severity', 'subsystem', 'type', 'team']);
});
