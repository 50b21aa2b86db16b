import type { Store } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { createScoreReasons } from '../../src/os-store/score-reasons.js';
import { createRig } from '../health/support.js';
import { createTestStore } from '../support.js';

const HOUR_MS = 3_600_000;

function createReasons(store?: Store, keepMs = 24 * HOUR_MS) {
  const { engine, clock } = createRig();
  let isWell = true;
  engine.register('mint', { manifest: { domain: 'economy' }, status: () => (isWell ? 'ok' : 'error') });
  const told: string[] = [];
  const publish = (type: string) => told.push(type);
  const reasons = createScoreReasons({ clock, publish, engine, keepMs, ...(store ? { store } : {}) });
  const note = (wellness: boolean): number => {
    isWell = wellness;
    engine.evaluate();
    reasons.note(clock.now(), engine.scores());
    return clock.now();
  };
  return { reasons, clock, note, told };
}

for (const [where, open] of [
  ['in memory', () => undefined],
  ['in the store', () => createTestStore().store],
] as const)
  test(`reasons ${where}: each change of a score with what pulled it down, and the one in force at the begin`, async () => {
    const { reasons, clock, note } = createReasons(open());
    const start = note(true);
    await clock.advance(10_000);
    note(true);
    await clock.advance(10_000);
    const broken = note(false);
    await clock.advance(10_000);
    const mended = note(true);
    await reasons.settled();
    const all = await reasons.between('economy', start, clock.now() + 1);
    expect(all.map(({ at, score }) => [at, score])).toEqual([
      [start, 1],
      [broken, 0],
      [mended, 1],
    ]);
    expect(all[1]?.terms).toMatchObject([{ factor: 'stability', source: 'mint/status', loss: 1 }]);
    expect(all[0]?.terms).toEqual([]);
    const within = await reasons.between('economy', broken + 1, mended);
    expect(within.map(({ at }) => at)).toEqual([broken]);
    expect(await reasons.between('economy', 0, start)).toEqual([]);
  });

test('reasons: are gone after their time; a store that fails is told of and stops nothing', async () => {
  const { store, state, collection } = createTestStore();
  const { reasons, clock, note, told } = createReasons(store, HOUR_MS);
  for (let count = 0; count < 120; count += 1) {
    note(count % 2 === 0);
    await clock.advance(60_000);
  }
  await reasons.settled();
  const kept = [...collection('score-reasons').keys()].filter((key) => key.startsWith('economy/'));
  expect(kept.length).toBeGreaterThan(55);
  expect(kept.length).toBeLessThan(115);
  state.isBroken = true;
  note(true);
  await reasons.settled();
  expect(told).toEqual(['store.failed']);
});
