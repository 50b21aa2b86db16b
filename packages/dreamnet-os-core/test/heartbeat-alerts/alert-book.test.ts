import type { AlertState } from '@dreamnet/contracts';
import { step } from '@dreamnet/kit';
import { createFakeClock, type FakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import type { AlertCondition } from '../../src/boundary.js';
import { type AlertBookOptions, createAlertBook } from '../../src/heartbeat-alerts/alert-book.js';
import { ALERT_STATES, type AlertEvent } from '../../src/heartbeat-alerts/alert-states.js';
import { decideNotify } from '../../src/heartbeat-alerts/notify-decision.js';
import { createTestStore } from '../support.js';

const CONDITION: AlertCondition = {
  fingerprint: 'f',
  type: 'health',
  severity: 'critical',
  subsystem: 'agent',
  message: 'it cannot serve',
  labels: { team: 'core' },
  evidence: {},
};

function createRig(options: Partial<AlertBookOptions> = {}, clock: FakeClock = createFakeClock()) {
  const events: string[] = [];
  const changes: string[] = [];
  const book = createAlertBook({ clock, publish: (type) => events.push(type), ...options });
  book.onChange((alert, change) => changes.push(`${alert.id === '' ? '' : alert.state}/${change}`));
  return { clock, book, events, changes };
}

test('alert states: every cell of state x event is decided as stated', () => {
  const events: AlertEvent[] = ['seen', 'held', 'gone', 'quiet', 'resolve', 'close', 'expire'];
  const stated: Record<AlertState, readonly (AlertState | '-')[]> = {
    detected: ['detected', 'active', 'closed', '-', 'resolved', '-', '-'],
    active: ['active', '-', 'active', 'resolved', 'resolved', '-', '-'],
    resolved: ['-', '-', '-', '-', '-', 'closed', 'closed'],
    closed: ['-', '-', '-', '-', '-', '-', '-'],
  };
  for (const [state, row] of Object.entries(stated) as [AlertState, readonly string[]][])
    for (const [index, event] of events.entries()) {
      const outcome = step<AlertState, AlertEvent>(ALERT_STATES, state, event);
      expect([state, event, outcome.ok ? outcome.to : '-']).toEqual([state, event, row[index]]);
    }
});

test('alerts: without a waiting time a condition is active in the very call that raises it', () => {
  const { book, events } = createRig();
  expect(book.raise(CONDITION)).toMatchObject({
    state: 'active',
    subsystem: 'agent',
    labels: { team: 'core' },
  });
  expect(events).toEqual(['alert.detected', 'alert.activated']);
});

test('alerts: a condition must hold for forMs; one that goes before closes without ever being active', async () => {
  const { clock, book, changes } = createRig();
  book.start();
  book.raise({ ...CONDITION, forMs: 1000 });
  await clock.advance(999);
  expect(book.active()).toEqual([]);
  await clock.advance(1);
  expect(book.active()).toHaveLength(1);
  book.raise({ ...CONDITION, fingerprint: 'g', forMs: 1000 });
  await clock.advance(500);
  book.clear('g');
  await clock.advance(5000);
  expect(changes).toEqual(['detected/detected', 'active/activated', 'detected/detected', 'closed/closed']);
  book.stop();
});

test('alerts: one that flaps within keepFiringForMs stays one active alert', async () => {
  const { clock, book, changes } = createRig();
  book.start();
  const { id } = book.raise({ ...CONDITION, keepFiringForMs: 2000 });
  for (let count = 0; count < 10; count += 1) {
    book.clear('f');
    await clock.advance(1500);
    expect(book.raise({ ...CONDITION, keepFiringForMs: 2000 }).id).toBe(id);
    await clock.advance(100);
  }
  expect(changes).toEqual(['detected/detected', 'active/activated']);
  book.clear('f');
  await clock.advance(2000);
  expect(book.get(id)).toMatchObject({ state: 'resolved', resolvedAt: clock.now() });
  book.stop();
});

test('alerts: only one is open per fingerprint, and raising again is idempotent', () => {
  const { book, events } = createRig();
  const first = book.raise(CONDITION);
  expect(book.raise(CONDITION).id).toBe(first.id);
  expect(book.raise({ ...CONDITION, message: 'worse' })).toMatchObject({ id: first.id, message: 'worse' });
  expect(book.open()).toHaveLength(1);
  expect(events).toEqual(['alert.detected', 'alert.activated']);
});

test('alerts: one resolved by a person whose condition persists is detected again as a new alert', async () => {
  const { clock, book } = createRig({ settings: { redetectAfterMs: 5000 } });
  book.start();
  const { id } = book.raise(CONDITION);
  expect(book.resolve(id, 'ada', 'looked at it')).toBe(true);
  expect(book.get(id)).toMatchObject({ state: 'resolved', resolvedBy: 'ada' });
  expect(book.get(id)?.evidence).toMatchObject({ resolvedBecause: 'looked at it' });
  await clock.advance(4999);
  expect(book.open()).toEqual([]);
  await clock.advance(1);
  expect(book.active()).toHaveLength(1);
  expect(book.active()[0]?.id).not.toBe(id);
  book.stop();
});

test('alerts: one resolved by a person whose condition went meanwhile does not come back', async () => {
  const { clock, book } = createRig();
  book.start();
  book.resolve(book.raise(CONDITION).id, 'ada');
  book.clear('f');
  await clock.advance(60_000);
  expect(book.open()).toEqual([]);
  book.stop();
});

test('alerts: what cannot be done is refused with false and counted, and unknown ids are no error', () => {
  const { book } = createRig();
  const { id } = book.raise(CONDITION);
  expect(book.close(id, 'ada')).toBe(false);
  expect(book.resolve(id, 'ada')).toBe(true);
  expect(book.resolve(id, 'ada')).toBe(false);
  expect(book.acknowledge(id, 'ada')).toBe(false);
  expect(book.close(id, 'ada')).toBe(true);
  expect(book.close(id, 'ada')).toBe(false);
  expect(book.resolve('alert-none', 'ada')).toBe(false);
  expect(book.refusedTransitions()).toBe(3);
});

test('alerts: a refused resolve does not change who resolved it', () => {
  const { book } = createRig();
  const { id } = book.raise(CONDITION);
  book.resolve(id, 'ada');
  book.resolve(id, 'bob');
  expect(book.get(id)?.resolvedBy).toBe('ada');
});

test('alerts: the wall clock set forward or back neither activates nor resolves', async () => {
  const { clock, book } = createRig();
  book.start();
  book.raise({ ...CONDITION, forMs: 10_000 });
  clock.jump(86_400_000);
  await clock.advance(5000);
  expect(book.active()).toEqual([]);
  clock.jump(-2 * 86_400_000);
  await clock.advance(5000);
  expect(book.active()).toHaveLength(1);
  book.clear('f');
  clock.jump(86_400_000);
  await clock.advance(400);
  expect(book.active()).toHaveLength(1);
  book.stop();
});

test('alerts: an alert is on disk before anybody hears that it is active', async () => {
  const { store, collection } = createTestStore();
  const onDisk: unknown[] = [];
  const { book } = createRig({ store });
  book.onChange((alert, change) => {
    if (change === 'activated') onDisk.push(collection('alerts').get(alert.id));
  });
  const { id } = book.raise(CONDITION);
  expect(onDisk).toEqual([]);
  await book.settled();
  expect(onDisk).toMatchObject([{ id, state: 'active' }]);
});

test('alerts: when the disk fails the alert goes on and the failure is told', async () => {
  const { store, state } = createTestStore();
  state.isBroken = true;
  const { book, events } = createRig({ store });
  book.raise(CONDITION);
  await book.settled();
  expect(events).toContain('store.failed');
  expect(events).toContain('alert.activated');
});

test('alerts: a new book on the same store goes on with the same alert, and can resolve it', async () => {
  const { store } = createTestStore();
  const first = createRig({ store });
  const { id } = first.book.raise(CONDITION);
  first.book.acknowledge(id, 'ada');
  await first.book.settled();
  const second = createRig({ store });
  await second.book.load();
  second.book.start();
  expect(second.book.active()).toMatchObject([{ id, acknowledgedBy: 'ada' }]);
  expect(second.book.raise(CONDITION).id).toBe(id);
  second.book.clear('f');
  await second.clock.advance(1000);
  expect(second.book.get(id)?.state).toBe('resolved');
  second.book.stop();
});

test('alerts: what cannot be read in the store is told of and not used', async () => {
  const { store, collection } = createTestStore();
  collection('alerts').set('alert-x', { id: 'alert-x' });
  const { book, events } = createRig({ store });
  await book.load();
  expect(book.recent(10)).toEqual([]);
  expect(events).toEqual(['store.failed']);
});

test('alerts: closed ones are forgotten beyond the limit, in memory and in the store', async () => {
  const { store, collection } = createTestStore();
  const { book } = createRig({ store, settings: { keepClosed: 10 } });
  for (let count = 0; count < 50; count += 1) {
    const { id } = book.raise({ ...CONDITION, fingerprint: `f${count}` });
    book.clear(`f${count}`);
    book.resolve(id, 'ada');
    book.close(id, 'ada');
  }
  await book.settled();
  expect(book.recent(100)).toHaveLength(10);
  expect(collection('alerts').size).toBe(10);
});

test('alerts: a resolved one closes by itself after its time', async () => {
  const { clock, book } = createRig({ settings: { closeResolvedAfterMs: 60_000 } });
  book.start();
  const { id } = book.raise(CONDITION);
  book.clear('f');
  await clock.advance(1000);
  expect(book.get(id)?.state).toBe('resolved');
  await clock.advance(60_000);
  expect(book.get(id)).toMatchObject({ state: 'closed', closedAt: expect.any(Number) });
  expect(clock.pendingTimers).toBe(0);
  book.stop();
});

test('alerts: without start nothing is put on the clock; what is due happens when one looks', async () => {
  const { clock, book } = createRig();
  const { id } = book.raise({ ...CONDITION, forMs: 1000 });
  expect(clock.pendingTimers).toBe(0);
  await clock.advance(1000);
  expect(book.get(id)?.state).toBe('active');
});

test('notify: an active alert notifies; the cause of another, a silence and an acknowledgement keep it quiet', () => {
  const { book, events } = createRig();
  const { id } = book.raise(CONDITION);
  const decision = (silencedBy?: string) => {
    const alert = book.get(id);
    return alert === undefined ? undefined : decideNotify({ alert, silencedBy });
  };
  expect(decision()).toEqual({ notify: true, reason: 'it is active' });
  book.setCause(id, 'database');
  expect(decision()).toMatchObject({ notify: false, reason: 'database is the cause' });
  expect(events.at(-1)).toBe('alert.inhibited');
  book.setCause(id, undefined);
  expect(book.get(id)).not.toHaveProperty('causedBy');
  expect(decision('ada: deploy')).toMatchObject({ notify: false, reason: 'silenced by ada: deploy' });
  book.acknowledge(id, 'ada', 'on it');
  expect(decision()).toMatchObject({ notify: false, reason: 'acknowledged by ada' });
  expect(book.get(id)?.evidence).toMatchObject({ acknowledgedBecause: 'on it' });
});

test('alerts: a store that has missed changes is given every alert anew', async () => {
  const { store, state, collection } = createTestStore();
  state.isBroken = true;
  const { book } = createRig({ store });
  const { id } = book.raise(CONDITION);
  await book.settled();
  state.isBroken = false;
  book.keepAll();
  await book.settled();
  expect(collection('alerts').get(id)).toMatchObject({ state: 'active' });
});

test('alerts: lists and times of one do not look at the ten thousand others', () => {
  const { book, clock } = createRig();
  for (let count = 0; count < 10_000; count += 1)
    book.raise({ ...CONDITION, fingerprint: `f${count}`, forMs: 60_000 });
  const before = book.open();
  expect(book.open()).toBe(before);
  expect(clock.pendingTimers).toBe(0);
  expect(book.recent(3).map(({ fingerprint }) => fingerprint)).toEqual(['f9999', 'f9998', 'f9997']);
});

test('figures: active ones by severity, resolved ones, and the mean time to resolve', async () => {
  const { clock, book } = createRig();
  const a = book.raise(CONDITION);
  book.raise({ ...CONDITION, fingerprint: 'g', severity: 'warning' });
  await clock.advance(4000);
  book.resolve(a.id, 'ada');
  expect(book.figures()).toEqual({
    alerts: { active: 1, resolved: 1, bySeverity: { info: 0, warning: 1, critical: 0 } },
    meanTimeToResolveMs: 4000,
  });
});
