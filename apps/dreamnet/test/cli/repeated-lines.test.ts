import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createRepeatedLines } from '../../src/cli/repeated-lines.js';

test('log: a cause is told at once, then at most every 10 s with how often it came, and at once again after a rest', async () => {
  const clock = createFakeClock();
  const written: string[] = [];
  const lines = createRepeatedLines(clock, (text) => written.push(text));
  for (let n = 0; n < 50; n += 1) lines.say({ cause: 'no space', text: `write ${n} failed` });
  lines.say({ cause: 'another', text: 'other' });
  expect(written).toEqual(['write 0 failed', 'other']);
  await clock.advance(10_000);
  expect(written).toEqual(['write 0 failed', 'other', 'write 49 failed (49 times in 10 s)']);
  lines.say({ cause: 'no space', text: 'again' });
  expect(written).toHaveLength(3);
  await clock.advance(10_000);
  expect(written.at(-1)).toBe('again');
  await clock.advance(10_000);
  lines.say({ cause: 'no space', text: 'much later' });
  expect(written.at(-1)).toBe('much later');
  lines.stop();
});

test('log: causes without end are told, none is kept for ever', () => {
  const clock = createFakeClock();
  const written: string[] = [];
  const lines = createRepeatedLines(clock, (text) => written.push(text));
  for (let n = 0; n < 1000; n += 1) lines.say({ cause: `cause ${n}`, text: `${n}` });
  expect(written).toHaveLength(1000);
  lines.stop();
});
