import { expect, test } from 'vitest';
import { DEEPEST_JSON, nestsTooDeep } from '../src/index.js';

const lists = (levels: number) => JSON.parse('['.repeat(levels) + ']'.repeat(levels));

test('depth of JSON: each list and each object is a level; the deepest that is allowed is allowed', () => {
  expect(nestsTooDeep('text', 0)).toBe(false);
  expect(nestsTooDeep({ a: [null, { b: 1 }] }, 3)).toBe(false);
  expect(nestsTooDeep({ a: [null, { b: 1 }] }, 2)).toBe(true);
  expect(nestsTooDeep(lists(DEEPEST_JSON))).toBe(false);
  expect(nestsTooDeep(lists(DEEPEST_JSON + 1))).toBe(true);
});

test('depth of JSON: what is far too deep for the stack, or a circle, is told without an error', () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  for (const value of [lists(200_000), circle, { a: [1, lists(200_000)] }])
    expect(nestsTooDeep(value)).toBe(true);
});
