import { expect, test } from 'vitest';
import { severalAtOnce } from '../../src/daemon/several-at-once.js';

test('several at once: no more than the limit, begun in order, and all done at the end', async () => {
  const begun: number[] = [];
  let [working, most] = [0, 0];
  await severalAtOnce([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
    begun.push(item);
    working += 1;
    most = Math.max(most, working);
    for (let turn = 0; turn < item % 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    working -= 1;
  });
  expect({ begun, most, working }).toEqual({ begun: [1, 2, 3, 4, 5, 6, 7], most: 3, working: 0 });
});

test('several at once: of nothing there is nothing to do', async () => {
  await severalAtOnce([], 3, () => Promise.reject(new TypeError('not to be called')));
});

test('several at once: after a failure nothing more is begun, and it is told when the rest has ended', async () => {
  const begun: number[] = [];
  const ended: number[] = [];
  const work = async (item: number) => {
    begun.push(item);
    if (item === 2) throw new TypeError('the second');
    await new Promise((resolve) => setImmediate(resolve));
    ended.push(item);
  };
  await expect(severalAtOnce([1, 2, 3, 4, 5], 3, work)).rejects.toThrow('the second');
  expect({ begun, ended }).toEqual({ begun: [1, 2, 3], ended: [1, 3] });
});
