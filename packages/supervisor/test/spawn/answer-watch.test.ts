import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { AnswerWatch } from '../../src/spawn/answer-watch.js';

function watched() {
  const clock = createFakeClock();
  const seen: string[] = [];
  const watch = new AnswerWatch({
    clock,
    ping: () => seen.push('ping'),
    onSilence: () => seen.push('silence'),
  });
  watch.start();
  return { clock, seen, watch };
}

test('answer watch: whoever owes an answer and says nothing for three seconds is silent', async () => {
  const { clock, seen, watch } = watched();
  watch.owe();
  await clock.advance(2999);
  expect(seen).toEqual([]);
  await clock.advance(1);
  await new Promise((resolve) => setImmediate(resolve));
  expect(seen).toEqual(['silence']);
});

test('answer watch: every word is a sign of life', async () => {
  const { clock, seen, watch } = watched();
  for (let second = 0; second < 10; second += 1) {
    watch.owe();
    await clock.advance(1500);
    watch.heard();
  }
  expect(seen).toEqual([]);
});

test('answer watch: while nothing is owed a sign of life is asked for, and must come', async () => {
  const { clock, seen } = watched();
  await clock.advance(2000);
  expect(seen).toEqual(['ping']);
  await clock.advance(3000);
  expect(seen).toEqual(['ping', 'silence']);
});

test('answer watch: stopped, it asks for nothing', async () => {
  const { clock, seen, watch } = watched();
  watch.owe();
  watch.stop();
  await clock.advance(10_000);
  expect(seen).toEqual([]);
});
