import type { StatusAnswer } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { createAlertBook } from '../../src/heartbeat-alerts/alert-book.js';
import { createHealthAlerts } from '../../src/heartbeat-alerts/health-alerts.js';
import { createPatient, createRig } from '../health/support.js';
import { createTestStore } from '../support.js';

function alertRig() {
  const rig = createRig();
  const book = createAlertBook({ clock: rig.clock, publish: () => undefined });
  const alerts = createHealthAlerts({ clock: rig.clock, engine: rig.engine, book });
  const { patient, subsystem } = createPatient(rig.clock);
  rig.engine.register('agent', subsystem);
  book.start();
  rig.engine.start();
  const signal = (state: 'alive' | 'dead' | 'suspended', identity: string) =>
    rig.engine.signal({ subsystem: 'agent', state, reason: state, at: rig.clock.now(), identity });
  const open = () => book.open().map(({ labels, severity }) => `${labels.rule}:${severity}`);
  const stop = () => {
    rig.engine.stop();
    book.stop();
    alerts.stop();
  };
  return { ...rig, book, alerts, patient, signal, open, stop };
}

test('health alerts: a death is a critical error alert at once, and over when the new process answers', async () => {
  const { clock, book, patient, signal, open, stop } = alertRig();
  await clock.advance(200);
  signal('dead', '1:1');
  expect(book.active()).toMatchObject([{ type: 'error', severity: 'critical', subsystem: 'agent' }]);
  patient.identity = '2:2';
  patient.mode = 'refuses';
  signal('alive', '2:2');
  await clock.advance(3000);
  expect(open()).toEqual(['dead:critical']);
  patient.mode = 'answers';
  await clock.advance(100 + 500);
  expect(open()).toEqual([]);
  stop();
});

test('health alerts: a silent but busy agent is a warning about performance, never critical', async () => {
  const { clock, book, patient, stop } = alertRig();
  await clock.advance(200);
  patient.mode = 'hangs';
  patient.cpuShare = 1;
  await clock.advance(120_000);
  expect(book.recent(100).map(({ type, severity }) => `${type}:${severity}`)).toEqual([
    'performance:warning',
  ]);
  stop();
});

test('health alerts: one condition replaces another, so at most one is open per subsystem', async () => {
  const { clock, patient, signal, open, stop } = alertRig();
  await clock.advance(200);
  patient.mode = 'refuses';
  await clock.advance(6000);
  expect(open()).toEqual(['not_ready:critical']);
  signal('suspended', '1:1');
  await clock.advance(600);
  expect(open()).toEqual(['suspended:critical']);
  signal('dead', '1:1');
  await clock.advance(600);
  expect(open()).toEqual(['dead:critical']);
  stop();
});

test('health alerts: what a subsystem says of itself: warn is a warning, error is critical, unknown is none', () => {
  const { engine } = createRig();
  const { clock } = createRig();
  const book = createAlertBook({ clock, publish: () => undefined, settings: { keepFiringForMs: 0 } });
  createHealthAlerts({ clock, engine, book });
  let word: StatusAnswer = 'ok';
  engine.register('shop', { status: () => word });
  const seen: string[][] = [];
  for (word of ['ok', 'warn', 'error', 'unknown'] as const) {
    engine.evaluate();
    seen.push(book.open().map(({ labels, severity }) => `${labels.rule}:${severity}`));
  }
  expect(seen).toEqual([[], ['told_warn:warning'], ['told_error:critical'], []]);
});

test('health alerts: a domain below its threshold for its time is an alert; one without data is not', async () => {
  const { clock, engine, alerts, open, stop } = alertRig();
  alerts.start();
  engine.register('ledger', { status: () => 'error', manifest: { domain: 'economy' } });
  await clock.advance(15_000);
  expect(open()).toEqual(['told_error:critical', 'low_score:warning']);
  const score = () => alerts.evaluate();
  score();
  await clock.advance(40_000);
  expect(open().filter((word) => word.startsWith('low_score'))).toHaveLength(1);
  stop();
});

test('health alerts: an alert loaded from the store ends when its subsystem is well or no longer there', async () => {
  const { store } = createTestStore();
  const before = createRig();
  const oldBook = createAlertBook({ clock: before.clock, publish: () => undefined, store });
  createHealthAlerts({ clock: before.clock, engine: before.engine, book: oldBook });
  before.engine.register('stays', { status: () => 'error' });
  before.engine.register('leaves', { status: () => 'error' });
  before.engine.evaluate();
  await oldBook.settled();
  const { clock, engine } = createRig();
  const book = createAlertBook({ clock, publish: () => undefined, store });
  await book.load();
  const awaited = new Set(['leaves']);
  const alerts = createHealthAlerts({ clock, engine, book, isAwaited: (name) => awaited.has(name) });
  expect(book.active()).toHaveLength(2);
  engine.register('stays', { status: () => 'ok' });
  engine.evaluate();
  alerts.evaluate();
  await clock.advance(1000);
  // Of whom it is said that it will be watched, that it is not there shows nothing.
  expect(book.open().map(({ subsystem }) => subsystem)).toEqual(['leaves']);
  awaited.clear();
  alerts.evaluate();
  await clock.advance(1000);
  expect(book.open()).toEqual([]);
});

test('health alerts: a daemon that just started does not end what it cannot judge yet', async () => {
  const { clock, engine, book, alerts, patient, open, stop } = alertRig();
  patient.mode = 'refuses';
  book.raise({
    fingerprint: 'health/not_ready/agent',
    type: 'health',
    severity: 'critical',
    subsystem: 'agent',
    message: 'from before',
    labels: { rule: 'not_ready' },
    evidence: {},
  });
  await clock.advance(3000);
  alerts.evaluate();
  await clock.advance(3000);
  expect(engine.read('agent')?.rule).toBe('starting');
  expect(open()).toEqual(['not_ready:critical']);
  stop();
});

test('health alerts: ten thousand agents that die at once are ten thousand alerts, on one timer', () => {
  const { engine, clock } = createRig();
  const book = createAlertBook({ clock, publish: () => undefined });
  createHealthAlerts({ clock, engine, book });
  book.start();
  for (let index = 0; index < 10_000; index += 1) engine.register(`agent-${index}`, {});
  const from = performance.now();
  for (const state of ['dead', 'alive'] as const)
    for (let index = 0; index < 10_000; index += 1) {
      const identity = `${state}-${index}`;
      engine.signal({ subsystem: `agent-${index}`, state, reason: state, at: clock.now(), identity });
    }
  // It takes about 0.2 s; were each alert to look at all others, it would take a minute.
  expect(performance.now() - from).toBeLessThan(5000);
  expect(book.active()).toHaveLength(10_000);
  expect(clock.pendingTimers).toBe(1);
  book.stop();
});
