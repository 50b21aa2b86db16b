import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createDueHeap } from '../src/due-heap.js';

test('due heap: whatever is pushed comes out by due time, and in order of pushing within one', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (dues) => {
      const heap = createDueHeap<[number, number]>();
      dues.forEach((due, index) => {
        heap.push(due, [due, index]);
      });
      const out: [number, number][] = [];
      for (let item = heap.shift(); item !== undefined; item = heap.shift()) out.push(item);
      expect(out).toEqual(
        dues.map((due, index): [number, number] => [due, index]).sort((a, b) => a[0] - b[0] || a[1] - b[1]),
      );
    }),
  );
});

test('due heap: tells the earliest due time, and Infinity when it is empty', () => {
  const heap = createDueHeap<string>();
  expect(heap.firstMs).toBe(Number.POSITIVE_INFINITY);
  heap.push(5, 'b');
  heap.push(3, 'a');
  expect([heap.firstMs, heap.size]).toEqual([3, 2]);
  heap.clear();
  expect([heap.firstMs, heap.shift()]).toEqual([Number.POSITIVE_INFINITY, undefined]);
});
