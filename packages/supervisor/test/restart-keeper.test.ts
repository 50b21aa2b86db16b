import type { RestartPolicy } from '@dreamnet/contracts';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { RestartKeeper } from '../src/restart-keeper.js';
import { type Run, UNKNOWN_END } from '../src/run.js';

const POLICY: RestartPolicy = {
  type: 'permanent',
  intensity: 2,
  periodMs: 30_000,
  backoff: { initialMs: 100, maxMs: 1000, resetAfterMs: 1000 },
  halfOpenAfterMs: 30_000,
};

function keeperOf(policy: RestartPolicy) {
  const clock = createFakeClock();
  const keeper = new RestartKeeper(policy, { clock, random: () => 0 });
  const run = { startedMs: clock.monotonic(), wasReady: false } as Run;
  return { keeper, lose: (isOurDoing: boolean) => keeper.afterLostRun(run, UNKNOWN_END, { isOurDoing }) };
}

test('restart keeper: runs that ended with an earlier supervisor open no circuit, however often', () => {
  const { keeper, lose } = keeperOf(POLICY);
  for (let count = 0; count < 10; count += 1) expect(lose(true)).toEqual({ do: 'restart', delayMs: 0 });
  expect(keeper.attempt).toBe(1);
});

test('restart keeper: runs that ended by themselves while nobody supervised do', () => {
  const { lose } = keeperOf(POLICY);
  expect([lose(false), lose(false), lose(false)].map((decision) => decision.do)).toEqual([
    'restart',
    'restart',
    'open_circuit',
  ]);
});

test('restart keeper: a temporary process is not started anew, whoever ended it', () => {
  expect(keeperOf({ ...POLICY, type: 'temporary' }).lose(true)).toEqual({ do: 'finish' });
});

test('restart keeper: refused starts wait longer each time within sensible bounds, open no circuit, and are news once for each reason', () => {
  const backoff = { initialMs: 100, maxMs: 600_000, resetAfterMs: 1000 };
  const { keeper, lose } = keeperOf({ ...POLICY, backoff });
  const delays = Array.from({ length: 12 }, () => keeper.afterRefusedStart('no key').delayMs);
  expect(delays).toEqual([100, 100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]);
  expect(keeper.attempt).toBe(1);
  expect(keeper.afterRefusedStart('no key').isNews).toBe(false);
  expect(keeper.afterRefusedStart('locked').isNews).toBe(true);
  expect(lose(false)).toMatchObject({ do: 'restart' });
  keeper.noteRun();
  expect(keeper.afterRefusedStart('locked')).toEqual({ delayMs: 100, isNews: true });
});
