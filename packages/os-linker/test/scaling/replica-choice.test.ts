import { expect, test } from 'vitest';
import { chooseLeaving, freeSlots } from '../../src/scaling/replica-choice.js';
import { agentOf, replicaId } from '../../src/scaling/replica-names.js';

const replica = (slot: number, inFlight = 0, isReady = true) => ({ slot, inFlight, isReady });

test('who leaves: first who is not ready, then who works least, then the highest number', () => {
  expect(chooseLeaving([replica(1), replica(2, 0, false), replica(3)], 1)).toEqual({
    slots: [2],
    reason: 'not ready',
  });
  expect(chooseLeaving([replica(1, 3), replica(2, 1), replica(3, 2)], 2)).toEqual({
    slots: [2, 3],
    reason: 'fewest calls in flight',
  });
  expect(chooseLeaving([replica(1), replica(2), replica(3)], 1)).toEqual({
    slots: [3],
    reason: 'highest number',
  });
  expect(chooseLeaving([replica(1)], 1)).toEqual({ slots: [1], reason: 'all of them' });
  expect(chooseLeaving([], 0).slots).toEqual([]);
});

test('free slots: the lowest numbers that nobody has', () => {
  expect(freeSlots([], 3)).toEqual([1, 2, 3]);
  expect(freeSlots([1, 3], 3)).toEqual([2, 4, 5]);
  expect(freeSlots([0], 1)).toEqual([1]);
  expect(freeSlots([2], 0)).toEqual([]);
});

test('names: a replica is named after its agent, and the only process is the agent', () => {
  expect([replicaId('worker', 2), replicaId('worker', 0)]).toEqual(['worker#2', 'worker']);
  expect([agentOf('worker#2'), agentOf('worker')]).toEqual(['worker', 'worker']);
});
