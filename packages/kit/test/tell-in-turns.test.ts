import { expect, test } from 'vitest';
import { tellInTurns } from '../src/index.js';

test('telling in turns: sixteen at once, the others in later turns of the event loop, all in their order', async () => {
  const told: number[] = [];
  const all = Array.from({ length: 40 }, (_, index) => index);
  const isDone = tellInTurns(all, (one) => told.push(one));
  expect(told).toEqual(all.slice(0, 16));
  await Promise.resolve();
  expect(told).toHaveLength(16);
  await isDone;
  expect(told).toEqual(all);
});

test('telling in turns: few need no turn, nobody needs none', async () => {
  const told: string[] = [];
  void tellInTurns(['a', 'b'], (one) => told.push(one));
  expect(told).toEqual(['a', 'b']);
  await tellInTurns([], () => told.push('nobody'));
  expect(told).toHaveLength(2);
});
