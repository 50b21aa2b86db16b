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
