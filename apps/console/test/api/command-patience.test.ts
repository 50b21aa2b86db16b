import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createPatience } from '../../src/api/command-patience.js';

/** Commands that never end by themselves, and which of them were let go. */
function commands() {
  const clock = createFakeClock();
  const patience = createPatience(clock);
  const letGo: string[] = [];
  const begin = (name: string) =>
    patience.whileUnderWay(
      (signal) =>
        new Promise<void>((resolve) =>
          signal.addEventListener('abort', () => {
            letGo.push(name);
            resolve();
          }),
        ),
    );
  return { clock, patience, letGo, begin };
}

test('commands: three are waited for as long as they take', async () => {
  const { clock, letGo, begin } = commands();
  for (const name of ['a', 'b', 'c']) void begin(name);
  await clock.advance(3_600_000);
  expect(letGo).toEqual([]);
});

test('commands: of more the oldest are let go once they are long ones, so that questions find a connection', async () => {
  const { clock, letGo, begin } = commands();
  for (const name of ['a', 'b', 'c', 'd', 'e']) void begin(name);
  await clock.advance(4_999);
  expect(letGo).toEqual([]);
  await clock.advance(1);
  expect(letGo).toEqual(['a', 'b']);
});

test('commands: what was answered counts no longer', async () => {
  const { clock, patience, letGo, begin } = commands();
  for (const name of ['a', 'b', 'c']) void begin(name);
  expect(await patience.whileUnderWay(async () => 'done')).toBe('done');
  await clock.advance(60_000);
  expect(letGo).toEqual([]);
});

test('commands: one more than may be waited for lets the oldest go, not the newest', async () => {
  const { clock, letGo, begin } = commands();
  for (const name of ['a', 'b', 'c']) void begin(name);
  await clock.advance(60_000);
  void begin('d');
  await clock.advance(60_000);
  expect(letGo).toEqual(['a']);
});
