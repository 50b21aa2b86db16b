import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createStartGate, type StartState } from '../../src/daemon/start-gate.js';

const one = (name: string) => ({ name, anyOf: [name] });

function gateOf(states: Record<string, StartState>, after: Record<string, string[]> = {}) {
  const clock = createFakeClock();
  const events: [string, string, unknown][] = [];
  const gate = createStartGate({
    clock,
    publish: (type, subject, data) => events.push([type, subject, data]),
    stateOf: (name) => states[name] ?? 'not_coming',
    afterOf: (name) => (after[name] ?? []).map(one),
  });
  return { clock, events, gate };
}

test('start gate: open at once, and not worth an event, when everybody is ready', async () => {
  const { gate, events } = gateOf({ db: 'ready' }, { a: ['db'] });
  expect(await gate.admit('a', 1000)).toEqual({ how: 'open', missing: [] });
  expect(events).toEqual([]);
});

test('start gate: opens when the last one became ready; until then it is said for whom one waits', async () => {
  const states: Record<string, StartState> = { db: 'coming', queue: 'coming' };
  const { gate, clock, events } = gateOf(states, { a: ['db', 'queue'] });
  const admitted = gate.admit('a', 5000);
  expect(gate.waitOf('a')).toEqual({ for: ['db', 'queue'], since: clock.now(), until: clock.now() + 5000 });
  states.db = 'ready';
  gate.look();
  expect(gate.waitOf('a')?.for).toEqual(['queue']);
  await clock.advance(200);
  states.queue = 'ready';
  gate.look();
  expect(await admitted).toEqual({ how: 'open', missing: [] });
  expect(gate.waitOf('a')).toBeUndefined();
  expect(events.map(([type]) => type)).toEqual(['start.delayed', 'start.released']);
  expect(events[1]?.[2]).toEqual({ waitedMs: 200, missing: [] });
});

test('start gate: after its time it opens all the same, and names who was missing', async () => {
  const { gate, clock } = gateOf({ db: 'coming' }, { a: ['db'] });
  const admitted = gate.admit('a', 5000);
  await clock.advance(4999);
  expect(gate.waitOf('a')).toBeDefined();
  await clock.advance(1);
  expect(await admitted).toEqual({ how: 'late', missing: ['db'] });
});

test('start gate: a need is met by any one of its providers', async () => {
  const { gate } = gateOf({ one: 'coming', two: 'ready' });
  const after = [{ name: 'code', anyOf: ['one', 'two'] }];
  expect(gate.missing(after)).toEqual([]);
});

test('start gate: who is not coming is not waited for, but what it comes after is', () => {
  const { gate } = gateOf({ stopped: 'not_coming', db: 'coming' }, { stopped: ['db'] });
  expect(gate.missing([one('stopped')])).toEqual(['db']);
  expect(gate.missing([one('nobody')])).toEqual([]);
});

test('start gate: names that stand in for each other in a circle end the search', () => {
  const { gate } = gateOf({}, { a: ['b'], b: ['a'] });
  expect(gate.missing([one('a')])).toEqual([]);
});

test('start gate: a wait that is cancelled says so, and nothing is left of it', async () => {
  const { gate, clock } = gateOf({ db: 'coming' }, { a: ['db'] });
  const admitted = gate.admit('a', 5000);
  gate.cancel('a');
  gate.cancel('a');
  expect((await admitted).how).toBe('cancelled');
  expect(clock.pendingTimers).toBe(0);
});

test('start gate: a wait of no length does not wait', async () => {
  const { gate } = gateOf({ db: 'coming' }, { a: ['db'] });
  expect(await gate.admit('a', 0)).toEqual({ how: 'late', missing: ['db'] });
});

test('start gate: whom it comes after is asked at every look, for it may be another one now', async () => {
  const states: Record<string, StartState> = { db: 'coming', other: 'coming' };
  const after = { a: ['db'] };
  const { gate } = gateOf(states, after);
  const admitted = gate.admit('a', 5000);
  after.a = ['other'];
  states.db = 'ready';
  gate.look();
  expect(gate.waitOf('a')?.for).toEqual(['other']);
  states.other = 'ready';
  gate.look();
  expect((await admitted).how).toBe('open');
});

test('start gate: a wait that is made longer ends so long after that', async () => {
  const { gate, clock } = gateOf({ db: 'coming' }, { a: ['db'] });
  const admitted = gate.admit('a', 5000);
  await clock.advance(4000);
  gate.prolong('a', 3000);
  await clock.advance(2999);
  expect(gate.waitOf('a')?.until).toBe(clock.now() + 1);
  await clock.advance(1);
  expect((await admitted).how).toBe('late');
  gate.prolong('a', 3000);
  expect(clock.pendingTimers).toBe(0);
});
