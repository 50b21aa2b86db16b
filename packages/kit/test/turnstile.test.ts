import { expect, test } from 'vitest';
import { createTurnstile } from '../src/index.js';

test('turnstile: those who come at once are let through in their order, and others have a turn in between', async () => {
  let nowMs = 0;
  const pass = createTurnstile({ monotonic: () => nowMs });
  const order: string[] = [];
  const work = async (name: string) => {
    await pass();
    order.push(name);
    nowMs += 100;
  };
  const all = ['a', 'b', 'c'].map(work);
  setImmediate(() => order.push('a socket'));
  await Promise.all(all);
  expect(order).toEqual(['a', 'a socket', 'b', 'c']);
});

test('turnstile: as many as there is time for share a turn', async () => {
  const pass = createTurnstile({ monotonic: () => 0 });
  let passed = 0;
  for (let at = 0; at < 1000; at += 1)
    void pass().then(() => {
      passed += 1;
    });
  for (let tick = 0; tick < 5000; tick += 1) await Promise.resolve();
  expect(passed).toBe(1000);
});
