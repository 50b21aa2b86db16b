import { expect, test } from 'vitest';
import { tellInTurns } from '../src/index.js';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const idle = { monotonic: () => 0 };

test('telling in turns: what those who were told do counts, and the others are told in later turns, in their order', async () => {
  let nowMs = 0;
  const told: number[] = [];
  const all = Array.from({ length: 40 }, (_, index) => index);
  const isDone = tellInTurns({ monotonic: () => nowMs }, all, (one) => {
    told.push(one);
    // Some promises later, as a flow that waited for the disk.
    void Promise.resolve()
      .then(() => undefined)
      .then(() => {
        nowMs += 4;
      });
  });
  expect(told).toEqual([0]);
  for (let before = 0; told.length < all.length; before = told.length) {
    await turn();
    expect(told.length - before).toBeLessThanOrEqual(3);
  }
  await isDone;
  expect(told).toEqual(all);
});

test('telling in turns: who has little to do is told at once, a thousand of them too', async () => {
  const told: number[] = [];
  const all = Array.from({ length: 1000 }, (_, index) => index);
  await tellInTurns(idle, all, (one) => told.push(one));
  expect(told).toEqual(all);
});

test('telling in turns: one needs no turn, nobody needs none', async () => {
  const told: string[] = [];
  void tellInTurns(idle, ['a'], (one) => told.push(one));
  expect(told).toEqual(['a']);
  await tellInTurns(idle, [], () => told.push('nobody'));
  expect(told).toHaveLength(1);
});

test('telling in turns: what one throws is thrown, and keeps nobody from being told', async () => {
  const told: number[] = [];
  const all = [1, 2, 3, 4, 5];
  const tellAll = tellInTurns(idle, all, (one) => {
    told.push(one);
    if (one === 2) throw new Error('mine');
  });
  await expect(tellAll).rejects.toThrow('mine');
  await turn();
  await turn();
  expect(told).toEqual(all);
});
