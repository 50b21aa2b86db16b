import type { Store } from '@dreamnet/contracts';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { healthStatistics } from '../../src/heartbeat-alerts/health-statistics.js';
import { createHealthHistory } from '../../src/os-store/health-history.js';
import { createOSStatus } from '../../src/os-store/os-status.js';
import { createSeriesHistory } from '../../src/os-store/series/series-history.js';
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

/** A health history over an engine and a store, as the core wires it. */
function createHistory(
  rig: Pick<ReturnType<typeof createRig>, 'engine' | 'clock'>,
  more: { store?: Store; keepMs?: number; publish?: (type: string) => void } = {},
) {
  const base = {
    clock: rig.clock,
    publish: more.publish ?? publish,
    ...(more.store ? { store: more.store } : {}),
  };
  const series = createSeriesHistory(base);
  const keep = more.keepMs === undefined ? {} : { keepMs: more.keepMs };
  return { series, history: createHealthHistory({ ...base, engine: rig.engine, series, ...keep }) };
}

test('history: one entry every ten seconds, the oldest gives way, and none after stop', async () => {
  const rig = createRig();
  const { engine, clock, events } = rig;
  engine.register('vault', { status: () => 'warn' });
  engine.evaluate();
  const { history } = createHistory(rig, { keepMs: 50_000 });
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

test('history: is in the store, and a new one loads it, entry by entry the same', async () => {
  const { store } = createTestStore();
  const rig = createRig();
  const first = createHistory(rig, { store });
  rig.engine.register('vault', { status: () => 'warn' });
  for (let count = 0; count < 4; count += 1) {
    if (count === 2) rig.engine.evaluate();
    first.history.record();
    await rig.clock.advance(10_000);
  }
  await first.series.flush();
  const second = createHistory(rig, { store });
  await second.history.load();
  expect(second.history.entries()).toEqual(first.history.entries());
});

test('history: a domain of which nothing is known has a gap in its series, not a score of a half', async () => {
  const { store } = createTestStore();
  const rig = createRig();
  const { history, series } = createHistory(rig, { store });
  history.record();
  await rig.clock.advance(10_000);
  rig.engine.register('vault', { status: () => 'warn' });
  rig.engine.evaluate();
  history.record();
  const valuesOf = async (subject: string) => {
    const name = { kind: 'score', subject, metric: 'score' } as const;
    return [...(await series.samples(name, 0, rig.clock.now() + 1)).values].filter((value) => value >= 0);
  };
  expect(await valuesOf('economy')).toEqual([]);
  expect(await valuesOf('infra')).toHaveLength(1);
});

test('history: what was taken before the store was read is not forgotten and not there twice', async () => {
  const { store } = createTestStore();
  const rig = createRig();
  const first = createHistory(rig, { store });
  first.history.record();
  await first.series.flush();
  await rig.clock.advance(10_000);
  const second = createHistory(rig, { store });
  second.history.record();
  await second.history.load();
  expect(second.history.entries().map(({ at }) => at)).toEqual([1_700_000_000_000, 1_700_000_010_000]);
});

test('history: the journal of an earlier version is taken over once, unreadable entries left out', async () => {
  const { store } = createTestStore();
  const rig = createRig();
  const entry = (secondsAgo: number, infraHealth: number) => ({
    at: rig.clock.now() - secondsAgo * 1000,
    globalHealth: { infraHealth, economyHealth: 0.5, socialHealth: 0.5, dreamPipelineHealth: 0.25 },
    subsystems: { ok: 3, warn: 1, error: 0, unknown: 2 },
  });
  const old = [entry(30, 1 / 3), entry(20, 0.9), entry(10, 1)];
  for (const value of [old[0], 'nonsense', old[1], old[2]])
    await store.commit([{ op: 'append', journal: 'health-history', at: 1, value }]);
  const { history } = createHistory(rig, { store });
  await history.load();
  expect(history.entries()).toEqual(old);
  expect(await store.readJournal('health-history')).toEqual([]);
  const again = createHistory(rig, { store });
  await again.history.load();
  expect(again.history.entries()).toEqual(old);
});

test('history: a failing store costs no entry in memory, is told once, and gets everything when it works again', async () => {
  const { store, state } = createTestStore();
  state.isBroken = true;
  const rig = createRig();
  const told: string[] = [];
  const { history, series } = createHistory(rig, { store, publish: (type) => told.push(type) });
  history.record();
  await expect(series.flush()).rejects.toThrow('the disk is gone');
  await expect(series.flush()).rejects.toThrow('the disk is gone');
  expect(history.entries()).toHaveLength(1);
  expect(told.filter((type) => type === 'store.failed')).toHaveLength(1);
  expect(series.figures().lastError).toContain('the disk is gone');
  state.isBroken = false;
  await series.flush();
  expect(series.figures()).toMatchObject({ lastError: null, waitingBytes: 0, lost: 0 });
  const second = createHistory(rig, { store });
  await second.history.load();
  expect(second.history.entries()).toEqual(history.entries());
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
