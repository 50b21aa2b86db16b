import { spawnSync } from 'node:child_process';
import { systemClock } from '@dreamnet/kit';
import { expect, test } from 'vitest';
import { bornBetween, watchBirths } from '../../src/probes/births.js';

const numbers = [1, 5, 300, 301, 900, 901, 32_767];

test('births: those with a number after the newest of before and up to the newest of now', () => {
  expect(numbers.filter(bornBetween(300, 900))).toEqual([301, 900]);
  expect(numbers.filter(bornBetween(300, 300))).toEqual([]);
});

test('births: the numbers begin anew after the highest', () => {
  expect(numbers.filter(bornBetween(901, 300))).toEqual([1, 5, 300, 32_767]);
});

test('births: where the newest cannot be told it may have been anybody', () => {
  expect(numbers.filter(bornBetween(undefined, 300))).toEqual(numbers);
  expect(numbers.filter(bornBetween(300, undefined))).toEqual(numbers);
});

test('births: who ran before is not among those born since, who was started after is', () => {
  const bornSince = watchBirths(systemClock());
  const seenByTheChild = spawnSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }).stdout.trim();
  expect(Number(seenByTheChild)).toBeGreaterThan(0);
  expect(bornSince()).not.toContain(process.pid);
});
