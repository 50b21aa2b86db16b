import { mergeReports } from '@dreamnet/dreamnet-os-core';
import { compare, leftOut } from './cases.mjs';
import { goValue, variable } from './go-values.mjs';

const NOW = 1_700_000_000_000;

export const alertTables = {
  'alert_alert.json': {
    TestAlertMerge: (rows) =>
      variable(rows, 'pairs').map(({ A, B, Res }, at) => {
        const merged = mergeReports(reportOf(A), reportOf(B), NOW);
        return compare(`pair ${at + 1}`, shown(reportOf(Res)), shown(merged));
      }),
    TestAlertSliceSort: () => [leftOut('all', 'the alerts are variables whose values were not cut')],
    TestAlertSliceLogValue: () => [leftOut('all', "a line of Alertmanager's log")],
  },
};

function reportOf(alert) {
  const { Alert, UpdatedAt, Timeout = false } = goValue(alert, NOW);
  const times = { startsAt: Alert.StartsAt, endsAt: Alert.EndsAt, updatedAt: UpdatedAt };
  return { ...times, isTimeout: Timeout, annotations: {}, generatorURL: '' };
}

function shown({ startsAt, endsAt, updatedAt, isTimeout }) {
  return [startsAt - NOW, endsAt - NOW, updatedAt - NOW, isTimeout];
}
