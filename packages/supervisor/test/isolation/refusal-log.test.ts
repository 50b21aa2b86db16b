import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createRefusalLog } from '../../src/isolation/refusal-log.js';

test('refusals: ten are told in ten seconds, the rest is counted into the next one', async () => {
  const clock = createFakeClock();
  const told: [string, number][] = [];
  const refuse = createRefusalLog(clock, (destination, _, untold) => told.push([destination, untold]));
  for (let at = 0; at < 1000; at += 1) refuse(`host-${at}:1`, 'no');
  expect(told).toHaveLength(10);
  expect(told.every(([, untold]) => untold === 0)).toBe(true);
  await clock.advance(10_000);
  refuse('later:1', 'no');
  expect(told.at(-1)).toEqual(['later:1', 990]);
});
