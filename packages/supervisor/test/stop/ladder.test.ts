import type { StopRung } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { LADDER, rungMs, signalOf } from '../../src/stop/ladder.js';

const rung = (name: StopRung) => {
  const found = LADDER.find((one) => one.rung === name);
  if (!found) throw new TypeError(name);
  return found;
};

test('ladder: the input ends first, a signal follows, SIGKILL is last', () => {
  expect(LADDER.map((one) => one.rung)).toEqual(['stdin', 'signal', 'kill']);
  expect(LADDER.map((one) => signalOf(one.rung, { signal: 'SIGINT' }))).toEqual([null, 'SIGINT', 'SIGKILL']);
  expect(signalOf('signal', {})).toBe('SIGTERM');
});

test.each([
  ['stdin', {}, 5000, 1000],
  ['stdin', {}, 500, 250],
  ['stdin', { stdinMs: 3000 }, 5000, 2500],
  ['stdin', { stdinMs: 0 }, 5000, 0],
  ['signal', {}, 4000, 4000],
  ['signal', {}, -3, 0],
  ['kill', {}, 4000, 0],
] as const)('ladder: %s with %o and %d ms left takes %d ms at most', (name, manner, leftMs, expected) => {
  expect(rungMs(rung(name), manner, leftMs)).toBe(expected);
});
