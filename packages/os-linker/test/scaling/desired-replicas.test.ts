import { expect, test } from 'vitest';
import {
  desiredReplicas,
  type ReplicaReading,
  type ScalingSample,
} from '../../src/scaling/desired-replicas.js';

const GOAL = { target: 4, tolerance: 0.1 };

function each(...values: (number | null | 'unready')[]): ScalingSample {
  const replicas = values.map((value, index): ReplicaReading => {
    const id = `worker#${index + 1}`;
    return value === 'unready' ? { id, isReady: false, value: 9 } : { id, isReady: true, value };
  });
  return { kind: 'each', replicas };
}

test('the formula: current × value / target, rounded up', () => {
  expect(desiredReplicas(3, each(8, 9, 7), GOAL)).toEqual({
    desired: 6,
    value: 8,
    formula: 'ceil(3 × 8 / 4) = 6',
  });
  expect(desiredReplicas(3, each(1, 1, 1), GOAL).desired).toBe(1);
  expect(desiredReplicas(1, each(4.41), GOAL).desired).toBe(2);
});

test('the tolerance: a ratio no further from 1 than it changes nothing, one beyond it does', () => {
  expect(desiredReplicas(10, each(...Array(10).fill(4.4)), GOAL).desired).toBe(10);
  expect(desiredReplicas(10, each(...Array(10).fill(3.6)), GOAL).desired).toBe(10);
  expect(desiredReplicas(10, each(...Array(10).fill(4.45)), GOAL).desired).toBe(12);
  expect(desiredReplicas(10, each(...Array(10).fill(3.55)), GOAL).desired).toBe(9);
});

test('rounding: a sum of fractions that means a whole number asks for no replica more', () => {
  const goal = { target: 0.1, tolerance: 0.1 };
  expect(desiredReplicas(1, each(0.1 + 0.2), goal).desired).toBe(3);
  expect(desiredReplicas(1, { kind: 'shared', value: 0.7 }, goal).desired).toBe(7);
});

test('not ready, before more are started: they count as idle, so that those starting up are not asked for twice', () => {
  // 8 each at two of four: without the two that start, 4 would be asked for; they are on their way already.
  expect(desiredReplicas(4, each(8, 8, 'unready', 'unready'), GOAL).desired).toBe(4);
  expect(desiredReplicas(4, each(20, 20, 'unready', 'unready'), GOAL).desired).toBe(10);
});

test('not ready, before some are ended: they are left out', () => {
  expect(desiredReplicas(4, each(1, 1, 'unready', 'unready'), GOAL).desired).toBe(1);
});

test('missing values: idle before more are started, on target before some are ended', () => {
  expect(desiredReplicas(2, each(8, null), GOAL).desired).toBe(2);
  expect(desiredReplicas(2, each(16, null), GOAL).desired).toBe(4);
  expect(desiredReplicas(4, each(1, 1, 1, null), GOAL).desired).toBe(2);
});

test('missing values never turn the direction round', () => {
  // One of five is at 6 (too much); with four idle the mean is 1.2 (too little): nothing is done.
  expect(desiredReplicas(5, each(6, null, null, null, null), GOAL).desired).toBe(5);
});

test('nothing measured: the number stays, and the formula says so', () => {
  expect(desiredReplicas(3, each(null, null, 'unready'), GOAL)).toEqual({
    desired: 3,
    value: null,
    formula: 'no ready replica was measured',
  });
  expect(desiredReplicas(3, { kind: 'shared', value: null }, GOAL).desired).toBe(3);
  expect(desiredReplicas(0, each(), GOAL).desired).toBe(0);
});

test('a shared number is divided among the replicas: none is asked for with nothing to do, one with anything', () => {
  expect(desiredReplicas(2, { kind: 'shared', value: 20 }, GOAL)).toEqual({
    desired: 5,
    value: 10,
    formula: 'ceil(20 / 4) = 5',
  });
  expect(desiredReplicas(5, { kind: 'shared', value: 20.5 }, GOAL).desired).toBe(5);
  expect(desiredReplicas(0, { kind: 'shared', value: 0 }, GOAL).desired).toBe(0);
  expect(desiredReplicas(0, { kind: 'shared', value: 0.5 }, GOAL).desired).toBe(1);
});
