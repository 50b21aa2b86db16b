import { spawn } from 'node:child_process';
import { systemClock } from '@dreamnet/kit';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { bornBetween, watchBirths } from '../../src/probes/births.js';

function start(): number {
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child.pid ?? 0;
}

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
  const child = start();
  expect(bornSince(child)).toContain(child);
  expect(bornSince(child)).not.toContain(process.pid);
});

test('births: where the counter does not tell of one that was born, and after a while, it may have been anybody', () => {
  const clock = createFakeClock();
  let nowMs = clock.monotonic();
  const bornSince = watchBirths({ ...clock, monotonic: () => nowMs });
  expect(bornSince(1)).toContain(process.pid);
  const child = start();
  expect(bornSince(child)).not.toContain(process.pid);
  nowMs += 200;
  expect(bornSince(child)).toContain(process.pid);
});
