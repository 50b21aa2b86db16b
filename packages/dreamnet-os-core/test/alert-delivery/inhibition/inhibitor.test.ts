import { expect, test } from 'vitest';
import type { AlertRecord } from '../../../src/alert-delivery/dispatch/alert-record.js';
import { createInhibitor } from '../../../src/alert-delivery/inhibition/inhibitor.js';

const is = (name: string, value: string) => ({ name, value, isRegex: false, isEqual: true });
const NODE_DOWN = {
  sources: [[is('alertname', 'NodeDown')]],
  targets: [is('alertname', 'AgentDown')],
  equal: ['node'],
};

function recordOf(fingerprint: string, labels: Record<string, string>, endsAt = 1000): AlertRecord {
  return {
    ...{ fingerprint, labels, names: Object.keys(labels).sort(), startsAt: 0, endsAt, updatedAt: 0 },
    ...{ isTimeout: false, annotations: {}, generatorURL: '', routes: undefined, groups: [] },
    ...{ inhibitedBy: [], inhibitedAt: 0, beginning: 0 },
  };
}

const source = (id: string, endsAt = 1000) => recordOf(id, { alertname: 'NodeDown', node: 'n1', id }, endsAt);
const target = () => recordOf('t', { alertname: 'AgentDown', node: 'n1' });

test('inhibition: what was found is found again, until its source ends', () => {
  const inhibitor = createInhibitor([NODE_DOWN]);
  const alert = target();
  inhibitor.note(source('a', 500));
  expect([inhibitor.inhibitedBy(alert, 100), inhibitor.inhibitedBy(alert, 499)]).toEqual([['a'], ['a']]);
  expect(inhibitor.inhibitedBy(alert, 500)).toEqual([]);
});

test('inhibition: an alert that was free is asked about anew when a source comes', () => {
  const inhibitor = createInhibitor([NODE_DOWN]);
  const alert = target();
  expect(inhibitor.inhibitedBy(alert, 100)).toEqual([]);
  inhibitor.note(source('a', 500));
  expect(inhibitor.inhibitedBy(alert, 100)).toEqual(['a']);
  // It has ended, and another comes after that was seen.
  expect(inhibitor.inhibitedBy(alert, 600)).toEqual([]);
  inhibitor.note(source('b'));
  expect(inhibitor.inhibitedBy(alert, 600)).toEqual(['b']);
});

test('inhibition: a source that goes on inhibits for longer, one that is resolved no more', () => {
  const inhibitor = createInhibitor([NODE_DOWN]);
  const alert = target();
  const cause = source('a', 500);
  inhibitor.note(cause);
  expect(inhibitor.inhibitedBy(alert, 100)).toEqual(['a']);
  cause.endsAt = 900;
  inhibitor.note(cause);
  expect(inhibitor.inhibitedBy(alert, 600)).toEqual(['a']);
  cause.endsAt = 650;
  inhibitor.note(cause);
  expect([inhibitor.inhibitedBy(alert, 649), inhibitor.inhibitedBy(alert, 650)]).toEqual([['a'], []]);
  cause.endsAt = 2000;
  inhibitor.note(cause);
  expect(inhibitor.inhibitedBy(alert, 1500)).toEqual(['a']);
});

test('inhibition: when the source that was found ends, the next one is found', () => {
  const inhibitor = createInhibitor([NODE_DOWN]);
  const alert = target();
  inhibitor.note(source('a', 500));
  expect(inhibitor.inhibitedBy(alert, 100)).toEqual(['a']);
  inhibitor.note(source('b'));
  expect(inhibitor.inhibitedBy(alert, 100)).toEqual(['a']);
  expect(inhibitor.inhibitedBy(alert, 500)).toEqual(['b']);
});

test('inhibition: a source that is forgotten inhibits nothing', () => {
  const inhibitor = createInhibitor([NODE_DOWN]);
  const alert = target();
  const cause = source('a');
  inhibitor.note(cause);
  expect(inhibitor.inhibitedBy(alert, 100)).toEqual(['a']);
  inhibitor.forget(alert);
  expect(inhibitor.inhibitedBy(alert, 100)).toEqual(['a']);
  inhibitor.forget(cause);
  expect(inhibitor.inhibitedBy(alert, 100)).toEqual([]);
});

test('inhibition: an earlier rule goes before what a later one had found', () => {
  const rackDown = { ...NODE_DOWN, sources: [[is('alertname', 'RackDown')]], equal: [] };
  const inhibitor = createInhibitor([rackDown, NODE_DOWN]);
  const alert = target();
  inhibitor.note(source('a'));
  expect(inhibitor.inhibitedBy(alert, 100)).toEqual(['a']);
  inhibitor.note(recordOf('r', { alertname: 'RackDown' }));
  expect(inhibitor.inhibitedBy(alert, 100)).toEqual(['r']);
});

test('inhibition: what one set of rules found is nothing to the next', () => {
  const alert = target();
  const before = createInhibitor([NODE_DOWN]);
  before.note(source('a'));
  expect(before.inhibitedBy(alert, 100)).toEqual(['a']);
  expect(createInhibitor([NODE_DOWN]).inhibitedBy(alert, 100)).toEqual([]);
  expect(createInhibitor([]).inhibitedBy(alert, 100)).toEqual([]);
});
