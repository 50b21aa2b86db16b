import { expect, test } from 'vitest';
import { type AlertWish, filterAlerts, standingsOf } from '../../src/pages/alerts/alert-filter.js';
import { alertView } from './alert-views.js';

const ANY: AlertWish = { state: 'recent', severity: '', subsystem: '', standing: '', labels: '', text: '' };
const alerts = [
  alertView('info', { severity: 'info', labels: { team: 'search' } }),
  alertView('old', { severity: 'critical', detectedAt: 10 }),
  alertView('new', { severity: 'critical', detectedAt: 20, acknowledgedBy: 'admin' }),
  alertView('caused', { subsystem: 'feed', causedBy: 'ledger' }),
  alertView('silent', { silencedBy: ['s1'], message: 'queue is long' }),
  alertView('over', { state: 'resolved' }),
];
const found = (wish: Partial<AlertWish>) => filterAlerts(alerts, { ...ANY, ...wish }).map(({ id }) => id);

test('alerts: the worst first, then the newest', () => {
  expect(found({ state: 'open' })).toEqual(['new', 'old', 'caused', 'silent', 'info']);
});

test('alerts: each wish narrows, and all of them together', () => {
  expect(found({ state: 'resolved' })).toEqual(['over']);
  expect(found({ severity: 'info' })).toEqual(['info']);
  expect(found({ subsystem: 'feed' })).toEqual(['caused']);
  expect(found({ text: 'QUEUE' })).toEqual(['silent']);
  expect(found({ labels: 'team="payments", severity=~"crit.*"' })).toEqual(['new', 'old']);
  expect(found({ severity: 'critical', standing: 'unseen' })).toEqual(['old']);
});

test('alerts: conditions that cannot be read hide nothing', () => {
  expect(found({ labels: 'team=~"("' })).toHaveLength(alerts.length);
});

test('alerts: what keeps people from being told is named, all of it', () => {
  const both = alertView('both', {
    acknowledgedBy: 'a',
    silencedBy: ['s'],
    inhibitedBy: ['x'],
    mutedBy: ['n'],
  });
  expect(standingsOf(both)).toEqual(['acknowledged', 'silenced', 'inhibited', 'muted']);
  expect(standingsOf(alertView('none'))).toEqual(['unseen']);
});
