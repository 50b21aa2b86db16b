import { expect, test } from 'vitest';
import { workInTurns } from '../src/work-in-turns.js';

test('work in turns: others get their turn when there is no time left, and the order stays', async () => {
  let nowMs = 0;
  const seen: (number | 'turn')[] = [];
  const done = workInTurns({ monotonic: () => nowMs }, [1, 2, 3, 4, 5], (item) => {
    nowMs += 4;
    seen.push(item);
  });
  expect(seen).toEqual([1, 2]);
  const turn = () => {
    seen.push('turn');
    if (seen.length < 7) setImmediate(turn);
  };
  setImmediate(turn);
  await done;
  expect(seen).toEqual([1, 2, 3, 4, 'turn', 5]);
});

test('work in turns: what the work throws is thrown', async () => {
  const work = () => {
    throw new Error('broken');
  };
  await expect(workInTurns({ monotonic: () => 0 }, [1], work)).rejects.toThrow('broken');
  await workInTurns({ monotonic: () => 0 }, [], work);
});
