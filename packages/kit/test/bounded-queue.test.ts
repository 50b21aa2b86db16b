import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createBoundedQueue } from '../src/bounded-queue.js';

test('bounded queue: first in, first out; over the limit the oldest is dropped and counted', () => {
  const queue = createBoundedQueue<string>(2);
  for (const item of ['a', 'b', 'c']) queue.push(item);
  expect([queue.size, queue.dropped]).toEqual([2, 1]);
  expect([queue.shift(), queue.shift(), queue.shift()]).toEqual(['b', 'c', undefined]);
  expect([queue.size, queue.dropped]).toEqual([0, 1]);
});

test('bounded queue: behaves as a list cut at its front, whatever the order of pushes and shifts', () => {
  const commands = fc.array(fc.option(fc.integer(), { nil: undefined }), { maxLength: 120 });
  fc.assert(
    fc.property(
      fc.oneof(fc.integer({ min: -1, max: 5 }), fc.integer({ min: 16, max: 80 })),
      commands,
      (limit, pushes) => {
        const queue = createBoundedQueue<number>(limit);
        const model: number[] = [];
        let dropped = 0;
        for (const item of pushes) {
          if (item === undefined) expect(queue.shift()).toBe(model.shift());
          else {
            queue.push(item);
            model.push(item);
            if (model.length > Math.max(1, limit)) {
              model.shift();
              dropped += 1;
            }
          }
          expect([queue.size, queue.dropped]).toEqual([model.length, dropped]);
        }
      },
    ),
  );
});

test('bounded queue: a long one keeps its order while it grows, and works on after it was emptied', () => {
  const queue = createBoundedQueue<number>(3000);
  for (let round = 0; round < 3; round += 1) {
    const expected: number[] = [];
    for (let item = 0; item < 5000; item += 1) {
      queue.push(item);
      if (item % 7 === 0) queue.shift();
    }
    for (let left = queue.shift(); left !== undefined; left = queue.shift()) expected.push(left);
    expect(expected.length).toBe(3000);
    expect(expected.every((item, index) => item === 2000 + index)).toBe(true);
  }
});
