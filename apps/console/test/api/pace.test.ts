import { expect, test } from 'vitest';
import { createPace } from '../../src/api/pace.js';

function paceAt() {
  let now = 1_000;
  return { pace: createPace(() => now), pass: (ms: number) => (now += ms) };
}

test('pace: what answers at once is asked as often as wished', async () => {
  const { pace } = paceAt();
  await pace.time('alerts', async () => undefined);
  expect(pace.waitMs('alerts')).toBe(0);
  expect(pace.intervalMs('alerts', 5_000)).toBe(5_000);
});

test('pace: a slow answer is left alone for nine times as long, and only that one', async () => {
  const { pace, pass } = paceAt();
  await pace.time('subsystems', async () => pass(2_000));
  expect(pace.waitMs('subsystems')).toBe(18_000);
  expect(pace.intervalMs('subsystems', 5_000)).toBe(18_000);
  expect(pace.waitMs('status')).toBe(0);
  pass(18_000);
  expect(pace.waitMs('subsystems')).toBe(0);
});

test('pace: a question that failed slowly counts as well', async () => {
  const { pace, pass } = paceAt();
  const failing = pace.time('status', async () => {
    pass(8_000);
    throw new Error('no answer');
  });
  await expect(failing).rejects.toThrow('no answer');
  expect(pace.waitMs('status')).toBe(72_000);
});
