import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { healthStatistics } from '../../src/heartbeat-alerts/health-statistics.js';
import { createHealthHistory } from '../../src/os-store/health-history.js';
import { createOSStatus } from '../../src/os-store/os-status.js';
import { createRig } from '../health/support.js';
import { createTestStore } from '../support.js';

const publish = () => undefined;
const VERSION = { major: 1, minor: 2, patch: 3, label: 'test' };

test('status: before the first run there is none; after it the time and a snapshot in the shape of the specification', () => {
  const { engine, clock } = createRig();
  const board = createOSStatus({ clock, publish, engine, version: VERSION });
  expect(board.status().lastRunAt).toBeNull();
  engine.register('vault', { status: () => 'ok' });
  engine.evaluate();
  board.markRun();
  expect(board.status()).toEqual({
    lastRunAt: clock.now(),
    snapshot: {
      version: VERSION,
      heartbeatAt: clock.now(),
      globalHealth: { infraHealth: 1, economyHealth: 0.5, socialHealth: 0.5, dreamPipelineHealth: 0.5 },
      subsystems: [{ name: 'vault', status: 'ok', details: 'it says ok', lastUpdatedAt: clock.now() }],
    },
  });
});

test('status: the time of the last run survives on the store', async () => {
  const { store } = createTestStore();
  const { engine, clock } = createRig();
  const first = createOSStatus({ clock, publish, engine, version: VERSION, store });
  first.markRun();
  await first.settled();
  const second = createOSStatus({ clock: createFakeClock(0), publish, engine, version: VERSION, store });
  await second.load();
  expect(second.status().lastRunAt).toBe(clock.now());
});

test('history: one entry every ten seconds, the oldest gives way, and none after stop', async () => {
  const { engine, clock, events } = createRig();
  engine.register('vault', { status: () => 'warn' });
  engine.evaluate();
  const history = createHealthHistory({ clock, publish, engine, keepMs: 50_000 });
  history.start();
  await clock.advance(120_000);
  expect(history.entries()).toHaveLength(5);
  const times = history.entries().map(({ at }) => at);
  expect(times).toEqual([80, 90, 100, 110, 120].map((s) => 1_700_000_000_000 + s * 1000));
  expect(history.entries()[0]?.subsystems).toEqual({ ok: 0, warn: 1, error: 0, unknown: 0 });
  history.stop();
  expect(clock.pendingTimers).toBe(0);
  expect(events.length).toBeGreaterThan(0);
});

test('history: is in the journal, and a new one loads it, unreadable entries left out', async () => {
  const { store } = createTestStore();
  const { engine, clock } = createRig();
  const first = createHealthHistory({ clock, publish, engine, store });
  for (let count = 0; count < 4; count += 1) {
    first.record();
    await clock.advance(10_000);
  }
  await first.settled();
  await store.commit([{ op: 'append', journal: 'health-history', at: 1, value: 'nonsense' }]);
  const second = createHealthHistory({ clock, publish, engine, store });
  await second.load();
  expect(second.entries()).toEqual(first.entries());
});

test('history: the journal is trimmed to what the history keeps', async () => {
  const { store } = createTestStore();
  const { engine, clock } = createRig();
  const history = createHealthHistory({ clock, publish, engine, store, keepMs: 100_000 });
  history.start();
  await clock.advance(361 * 10_000);
  await history.settled();
  expect((await store.readJournal('health-history')).length).toBeLessThan(20);
  history.stop();
});

test('history: a failing store costs no entry in memory and is told', async () => {
  const { store, state } = createTestStore();
  state.isBroken = true;
  const { engine, clock } = createRig();
  const told: string[] = [];
  const history = createHealthHistory({ clock, publish: (type) => told.push(type), engine, store });
  history.record();
  await history.settled();
  expect(history.entries()).toHaveLength(1);
  expect(told).toContain('store.failed');
});

test('statistics: current, mean, least and largest of each domain over the history', () => {
  const scores = (infraHealth: number) => ({
    infraHealth,
    economyHealth: 0.5,
    socialHealth: 0.5,
    dreamPipelineHealth: 0.5,
  });
  const subsystems = { ok: 0, warn: 0, error: 0, unknown: 0 };
  const entries = [0.2, 0.4, 0.9].map((score, at) => ({ at, globalHealth: scores(score), subsystems }));
  const figures = { alerts: { active: 0, resolved: 0, bySeverity: { info: 0, warning: 0, critical: 0 } } };
  const stats = healthStatistics(entries, scores(0.7), { ...figures, meanTimeToResolveMs: null });
  expect(stats).toMatchObject({ samples: 3, from: 0, to: 2 });
  expect(stats.perDomain.infra).toEqual({ current: 0.7, mean: 0.5, min: 0.2, max: 0.9 });
  const none = healthStatistics([], scores(0.7), { ...figures, meanTimeToResolveMs: null });
  expect(none).toMatchObject({ samples: 0, from: null, to: null });
  expect(none.perDomain.infra).toEqual({ current: 0.7, mean: 0.7, min: 0.7, max: 0.7 });
});
