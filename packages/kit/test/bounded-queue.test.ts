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
  const commands = fc.array(fc.option(fc.integer(), { nil: undefined }), { maxLength: 60 });
  fc.assert(
    fc.property(fc.integer({ min: -1, max: 5 }), commands, (limit, pushes) => {
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
    }),
  );
});
