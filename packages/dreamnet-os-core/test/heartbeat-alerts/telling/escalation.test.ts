import type { Notification, Store } from '@dreamnet/contracts';
import { createFakeClock, type FakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { type AlertRule, createDreamNetOSCore, type DeliveryConfig } from '../../../src/index.js';
import { createTestStore } from '../../support.js';

const MINUTE = 60_000;
const BOSS = [{ matchers: [], steps: [{ afterMs: 10 * MINUTE, receiver: 'boss' }] }];

const RULE: AlertRule = {
  name: 'load',
  trigger: { on: 'metric', metric: 'load', when: { operator: '>=', threshold: 1 } },
  severity: 'warning',
};

async function startCore(options: { store?: Store; clock?: FakeClock; escalation?: typeof BOSS } = {}) {
  const { clock = createFakeClock(Date.UTC(2026, 10, 21, 12)), store, escalation = BOSS } = options;
  const told: string[] = [];
  const ear = (receiver: string) => ({
    name: 'ear',
    notify: async ({ alerts }: Notification) => {
      for (const { labels, status } of alerts)
        if (labels.rule === RULE.name) told.push(`${receiver} ${status} ${labels.severity}`);
    },
  });
  const delivery: DeliveryConfig = {
    route: { receiver: 'ops', groupBy: ['alertname'], groupWaitMs: 0, groupIntervalMs: MINUTE },
    inhibitRules: [],
    timeIntervals: {},
    receivers: { ops: [ear('ops')], boss: [ear('boss')] },
  };
  const core = createDreamNetOSCore({
    ...{ clock, policy: { default: 'off' }, rules: [RULE], delivery, escalation },
    ...(store ? { store } : {}),
  });
  core.watch('db', {});
  await core.start();
  const report = async (load: number, thenMs: number) => {
    core.heartbeat({ subsystem: 'db', status: 'ok', ttlMs: 10 * MINUTE, metrics: { load } });
    await clock.advance(thenMs);
  };
  return { clock, core, told, report };
}

/** Reports so long that the value never grows stale. */
async function hold(report: (load: number, thenMs: number) => Promise<void>, load: number, minutes: number) {
  for (let minute = 0; minute < minutes; minute += 1) await report(load, MINUTE);
}

test('escalation: whoever is told further is told of the end, too', async () => {
  const { core, told, report } = await startCore();
  await hold(report, 1, 9);
  expect(told).toEqual(['ops firing warning']);
  await hold(report, 1, 3);
  expect(told).toEqual(['ops firing warning', 'boss firing warning']);
  await hold(report, 0, 3);
  expect(told.slice(2).sort()).toEqual(['boss resolved warning', 'ops resolved warning']);
  await core.stop();
});

test('escalation: an alert that was escalated, acknowledged and kept through a restart ends for everybody', async () => {
  const { store } = createTestStore();
  const before = await startCore({ store });
  await hold(before.report, 1, 12);
  for (const { id } of before.core.getActiveAlerts()) before.core.acknowledgeAlert(id, 'ana');
  await before.clock.advance(1_000);
  await before.core.stop();
  const after = await startCore({ store, clock: before.clock });
  await hold(after.report, 1, 2);
  await hold(after.report, 0, 3);
  expect(after.told.sort()).toEqual(['boss resolved warning', 'ops resolved warning']);
  expect(after.core.delivery.alerts().filter(({ endsAt }) => endsAt > after.clock.now())).toEqual([]);
  await after.core.stop();
});

test('escalation: steps of a policy that is gone tell nobody, those of a new one count from the activation', async () => {
  const { core, told, report } = await startCore();
  await hold(report, 1, 5);
  core.configureAlerts({ escalation: [] });
  await hold(report, 1, 10);
  expect(told).toEqual(['ops firing warning']);
  core.configureAlerts({ escalation: BOSS });
  await hold(report, 1, 1);
  expect(told).toEqual(['ops firing warning', 'boss firing warning']);
  await core.stop();
});

test('escalation: an alert that gets worse goes on being told to whom it was escalated', async () => {
  const { core, told, report } = await startCore();
  await hold(report, 1, 12);
  core.configureAlerts({ rules: [{ ...RULE, severity: 'critical' }] });
  await hold(report, 1, 3);
  expect(told.slice(0, 2)).toEqual(['ops firing warning', 'boss firing warning']);
  expect(told.slice(2).sort()).toEqual([
    'boss firing critical',
    'boss resolved warning',
    'ops firing critical',
    'ops resolved warning',
  ]);
  await core.stop();
});
