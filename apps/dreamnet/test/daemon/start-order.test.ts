import { expect, test } from 'vitest';
import { startOrder } from '../../src/daemon/start-order.js';

const order = (edges: Record<string, string[]>) => startOrder(new Map(Object.entries(edges)));

test('start order: each comes after what it depends on, however the file lists them', () => {
  expect(order({ a: ['b'], b: ['c'], c: [] })).toEqual(['c', 'b', 'a']);
});

test('start order: a dependency that is not an agent of ours does not hold anybody up', () => {
  expect(order({ a: ['somewhere-else'] })).toEqual(['a']);
});

test('start order: everybody is named once, even in a cycle', () => {
  expect(order({ a: ['b'], b: ['a'], c: [] }).sort()).toEqual(['a', 'b', 'c']);
});
