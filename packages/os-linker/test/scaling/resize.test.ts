import { expect, test } from 'vitest';
import type { ReplicaRecord } from '../../src/scaling/replica-record.js';
import { type Resize, resizeReplicas } from '../../src/scaling/resize.js';

function record(...slots: (number | `${number} leaving`)[]): ReplicaRecord {
  const replicas = slots.map((slot) => ({
    slot: Number.parseInt(String(slot), 10),
    port: 7800 + Number.parseInt(String(slot), 10),
    isLeaving: typeof slot === 'string',
  }));
  return { agent: 'worker', declared: '', desired: slots.length, replicas, rolling: null, decisions: [] };
}

function resize(before: ReplicaRecord, desired: number, more: Partial<Resize> = {}) {
  const candidates = before.replicas.map(({ slot }) => ({ slot, isReady: true, inFlight: 0 }));
  const after = resizeReplicas(before, {
    desired,
    isNumbered: true,
    candidates,
    canStay: () => true,
    ...more,
  });
  return after.record.replicas.map(({ slot, isLeaving }) => (isLeaving ? `${slot} leaving` : slot));
}

test('growing: the lowest free numbers, and none of one that still leaves', () => {
  expect(resize(record(), 2)).toEqual([1, 2]);
  expect(resize(record(1, 3), 4)).toEqual([1, 2, 3, 4]);
  expect(resize(record(1, '2 leaving'), 2, { canStay: () => false })).toEqual([1, '2 leaving', 3]);
});

test('growing: one that leaves and is not being ended yet stays after all', () => {
  expect(resize(record(1, '2 leaving', '3 leaving'), 2)).toEqual([1, 2, '3 leaving']);
});

test('shrinking: who serves least leaves, and the rule is told', () => {
  const candidates = [
    { slot: 1, isReady: true, inFlight: 0 },
    { slot: 2, isReady: true, inFlight: 5 },
  ];
  expect(resize(record(1, 2), 1, { candidates })).toEqual(['1 leaving', 2]);
  const resized = resizeReplicas(record(1, 2), {
    desired: 1,
    isNumbered: true,
    candidates,
    canStay: () => true,
  });
  expect(resized).toMatchObject({ leaving: [1], added: [], chosenBy: 'fewest calls in flight' });
  expect(resize(record(1, 2), 0)).toEqual(['1 leaving', '2 leaving']);
});

test('the same number: nothing changes', () => {
  expect(resize(record(1, 3, '4 leaving'), 2)).toEqual([1, 3, '4 leaving']);
});

test('from one process to replicas and back: the other kind leaves, the new kind comes', () => {
  expect(resize(record(0), 2)).toEqual(['0 leaving', 1, 2]);
  expect(resize(record(1, 2), 1, { isNumbered: false })).toEqual([0, '1 leaving', '2 leaving']);
  expect(resize(record(0), 1, { isNumbered: false })).toEqual([0]);
});
