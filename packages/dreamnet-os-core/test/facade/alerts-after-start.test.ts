import type { Notification, Subsystem } from '@dreamnet/contracts';
import { createFakeClock, type FakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { type AlertRule, createDreamNetOSCore, type DeliveryConfig } from '../../src/index.js';
import { createTestStore } from '../support.js';

const MINUTE = 60_000;
const JOB: Subsystem = { manifest: { domain: 'economy', heartbeat: { ttlMs: 10 * MINUTE } } };

/** One run of a program after another on the same disk, and what its receiver is told in all of them. */
function createMachine(rules: readonly AlertRule[] = []) {
  const clock: FakeClock = createFakeClock(Date.UTC(2026, 10, 21, 12));
  const { store } = createTestStore();
  const told: string[] = [];
  const notify = async ({ alerts }: Notification) => {
    for (const { labels, status } of alerts) told.push(`${labels.alertname} ${status}`);
  };
  const delivery: DeliveryConfig = {
    route: { receiver: 'ops', groupBy: ['alertname'], groupWaitMs: 0, groupIntervalMs: 1000 },
    inhibitRules: [],
    timeIntervals: {},
    receivers: { ops: [{ name: 'ear', notify }] },
  };
  const start = async (subsystems: Record<string, Subsystem>) => {
    const core = createDreamNetOSCore({ clock, store, rules, delivery, policy: { default: 'off' } });
    await core.start();
    for (const [name, subsystem] of Object.entries(subsystems)) core.watch(name, subsystem);
    core.run(subsystems);
    await clock.advance(15_000);
    return core;
  };
  return { clock, told, start };
}

const rulesOf = (alerts: readonly { labels: Readonly<Record<string, string>> }[]) =>
  alerts.map(({ labels }) => labels.rule).sort();

test('alerts after a start: an error that nobody mended stays open, acknowledged and in its incident until something is heard', async () => {
  const own: AlertRule = {
    name: 'broken',
    trigger: { on: 'status', is: ['error'] },
    severity: 'warning',
  };
  const axis: AlertRule = {
    name: 'unready',
    trigger: { on: 'axis', axis: 'readiness', is: ['not_ready'] },
    severity: 'warning',
  };
  const { clock, told, start } = createMachine([own, axis]);
  const first = await start({ job: JOB });
  first.heartbeat({ subsystem: 'job', status: 'error', details: 'the disk is full' });
  await clock.advance(MINUTE);
  const before = first.getActiveAlerts();
  expect(rulesOf(before)).toEqual(['broken', 'low_score', 'told_error', 'unready']);
  for (const { id } of before) first.acknowledgeAlert(id, 'ana');
  await first.stop();
  told.length = 0;
  const second = await start({ job: JOB });
  await clock.advance(MINUTE);
  expect(second.health('job')).toMatchObject({ status: 'unknown', rule: 'nothing_known' });
  const after = second.getActiveAlerts();
  expect(after.map(({ id }) => id).sort()).toEqual(before.map(({ id }) => id).sort());
  expect(after.every(({ acknowledgedBy }) => acknowledgedBy === 'ana')).toBe(true);
  expect(second.incidents().map(({ state }) => state)).toEqual(['open']);
  expect(told).toEqual([]);
  second.heartbeat({ subsystem: 'job', status: 'ok' });
  await clock.advance(MINUTE);
  expect(second.getActiveAlerts()).toEqual([]);
  expect(second.incidents().map(({ state }) => state)).toEqual(['resolved']);
  await second.stop();
});

test('alerts after a start: a missing heartbeat that was acknowledged goes on under its id', async () => {
  const { clock, start } = createMachine();
  const first = await start({ job: JOB });
  await clock.advance(11 * MINUTE);
  const [missing] = first.getActiveAlerts();
  expect(missing?.labels.rule).toBe('heartbeat_missing');
  first.acknowledgeAlert(missing?.id ?? '', 'ana');
  await first.stop();
  const second = await start({ job: JOB });
  await clock.advance(11 * MINUTE);
  const kept = second.getActiveAlerts().find(({ labels }) => labels.rule === 'heartbeat_missing');
  expect(kept).toMatchObject({ id: missing?.id, acknowledgedBy: 'ana' });
  await second.stop();
});

test('alerts after a start: what is not watched any more has none, before a start or after it', async () => {
  const own: AlertRule = { name: 'broken', trigger: { on: 'status', is: ['error'] }, severity: 'warning' };
  const { clock, start } = createMachine([own]);
  const first = await start({ job: JOB, other: JOB, third: JOB });
  for (const subsystem of ['job', 'other', 'third']) first.heartbeat({ subsystem, status: 'error' });
  await clock.advance(MINUTE);
  await first.stop();
  const second = await start({ job: JOB, other: JOB });
  expect(new Set(second.getActiveAlerts().map(({ subsystem }) => subsystem))).toEqual(
    new Set(['job', 'other', 'economy']),
  );
  second.unwatch('other');
  await clock.advance(1000);
  expect(new Set(second.getActiveAlerts().map(({ subsystem }) => subsystem))).toEqual(
    new Set(['job', 'economy']),
  );
  await second.stop();
  const third = await start({ shop: {} });
  expect(third.getActiveAlerts()).toEqual([]);
  await third.stop();
});

test('alerts after a start: a process that runs shows that its death is over, not that its error is', async () => {
  const { clock, start } = createMachine();
  const first = await start({ dies: {}, errs: {} });
  first.signal({ subsystem: 'dies', state: 'dead', reason: 'gone', at: clock.now(), identity: '1:1' });
  first.heartbeat({ subsystem: 'errs', status: 'error' });
  await clock.advance(1000);
  await first.stop();
  const second = await start({ dies: {}, errs: {} });
  expect(rulesOf(second.getActiveAlerts())).toEqual(['dead', 'told_error']);
  for (const subsystem of ['dies', 'errs'])
    second.signal({ subsystem, state: 'alive', reason: 'runs', at: clock.now(), identity: '2:2' });
  await clock.advance(1000);
  expect(rulesOf(second.getActiveAlerts())).toEqual(['told_error']);
  await second.stop();
});

test('alerts after a start: those without an incident are not told as over, and their rules go on firing', async () => {
  const low: AlertRule = {
    name: 'low',
    trigger: { on: 'score', when: { operator: '<', threshold: 0.7 } },
    select: { domain: 'economy' },
    severity: 'warning',
    forMs: 10_000,
  };
  const { clock, told, start } = createMachine([low]);
  const first = await start({ job: JOB });
  first.heartbeat({ subsystem: 'job', status: 'error' });
  await clock.advance(MINUTE);
  const before = first.getActiveAlerts();
  expect(before.filter(({ incidentId }) => incidentId === undefined)).toHaveLength(2);
  await first.stop();
  told.length = 0;
  const second = await start({ job: JOB });
  expect(second.alertRules().map(({ firing }) => firing)).toEqual([['economy']]);
  await clock.advance(MINUTE);
  expect(second.getActiveAlerts().map(({ id }) => id)).toEqual(before.map(({ id }) => id));
  expect(told).toEqual([]);
  second.heartbeat({ subsystem: 'job', status: 'ok' });
  await clock.advance(MINUTE);
  expect(told.sort()).toEqual(['low resolved', 'low_score resolved', 'told_error resolved']);
  await second.stop();
});

test('alerts after a start: one from elsewhere that has an incident is told as it was posted, and not once more as ours', async () => {
  const { clock, told, start } = createMachine();
  const first = await start({ job: JOB });
  first.heartbeat({ subsystem: 'job', status: 'ok' });
  const posted = { labels: { alertname: 'DiskFull', subsystem: 'job', severity: 'critical' } };
  first.postAlerts([{ ...posted, endsAt: clock.now() + 60 * MINUTE }]);
  await clock.advance(MINUTE);
  expect(first.getActiveAlerts()).toMatchObject([{ subsystem: 'job', incidentId: expect.any(String) }]);
  expect(told).toEqual(['DiskFull firing']);
  await first.stop();
  told.length = 0;
  const second = await start({ job: JOB });
  await clock.advance(MINUTE);
  expect(second.getActiveAlerts()).toHaveLength(1);
  expect(second.delivery.alerts().map(({ labels }) => labels.alertname)).toEqual(['DiskFull']);
  expect(told).toEqual([]);
  await second.stop();
});
