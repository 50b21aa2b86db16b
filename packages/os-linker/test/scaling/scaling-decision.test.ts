import type { ScaleDecisionView } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import {
  decideScale,
  type Recommendation,
  type ScalingObservation,
  type ScalingRule,
} from '../../src/index.js';

const RULE: ScalingRule = {
  min: 1,
  max: 50,
  metric: 'inflight',
  target: 4,
  tolerance: 0.1,
  windows: { upMs: 0, downMs: 300_000 },
};
const EVERY_MS = 5000;

/** A fleet whose replicas share a load evenly; a new one is ready after `readyAfter` rounds. */
function simulate(
  rule: ScalingRule,
  load: (round: number) => number,
  { rounds = 400, start = 1, readyAfter = 3 }: { rounds?: number; start?: number; readyAfter?: number } = {},
): ScaleDecisionView[] {
  let past: readonly Recommendation[] = [];
  let ages = Array<number>(start).fill(readyAfter);
  const changes: ScaleDecisionView[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const ready = ages.filter((age) => age >= readyAfter).length;
    const sum = load(round);
    const observation: ScalingObservation = {
      at: 1_000_000 + round * EVERY_MS,
      current: ages.length,
      sample: {
        kind: 'each',
        replicas: ages.map((age, index) => ({
          id: `worker#${index + 1}`,
          isReady: age >= readyAfter,
          value: age >= readyAfter ? sum / ready : null,
        })),
      },
      idleMs: sum > 0 ? 0 : EVERY_MS,
    };
    const decided = decideScale(rule, observation, past);
    past = decided.recommendations;
    const { to, from } = decided.decision;
    if (to !== from) changes.push(decided.decision);
    ages = [...ages, ...Array<number>(Math.max(0, to - from)).fill(-1)].slice(0, to).map((age) => age + 1);
  }
  return changes;
}

/** Numbers that look random and are the same in every run. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test('steady load: at most one change, whatever the load, the start and the time a replica needs', () => {
  const random = randomOf(1);
  for (let run = 0; run < 400; run += 1) {
    const load = random() * 150;
    const options = { start: 1 + Math.floor(random() * 20), readyAfter: Math.floor(random() * 10) };
    const changes = simulate(RULE, () => load, options);
    expect(changes.length, `load ${load}, ${JSON.stringify(options)}`).toBeLessThanOrEqual(1);
    if (changes[0] && load > 0) expect(changes[0].to).toBe(Math.max(1, Math.ceil(load / 4)));
  }
});

test('noise within the tolerance: no change', () => {
  const random = randomOf(2);
  for (let run = 0; run < 200; run += 1) {
    const start = 1 + Math.floor(random() * 40);
    const load = () => start * 4 * (0.9 + random() * 0.2);
    expect(simulate(RULE, load, { start })).toEqual([]);
  }
});

test('a load that swings faster than the down window: up once in a while, never down', () => {
  const swing = (round: number) => 60 + 50 * Math.sin(round / 5);
  const changes = simulate(RULE, swing);
  expect(changes.every(({ from, to }) => to > from)).toBe(true);
  // Enough for the peak, as far as the tolerance goes.
  const most = changes.at(-1)?.to ?? 0;
  expect(most * 4 * 1.1).toBeGreaterThanOrEqual(109.9);
  expect(most).toBeLessThanOrEqual(Math.ceil(110 / 4));
});

test('a load that falls: one way down, after the window, and not below the smallest number', () => {
  const changes = simulate({ ...RULE, min: 2 }, (round) => (round < 20 ? 40 : 1), { start: 10 });
  expect(changes.map(({ to }) => to)).toEqual([2]);
  // Round 19 was the last with 40: its recommendation counts for 300 s, which are 60 rounds.
  expect(changes[0]?.at).toBe(1_000_000 + 79 * EVERY_MS);
});

test('the up window: more are started only when every recommendation in it asks for more', () => {
  const rule = { ...RULE, windows: { upMs: 60_000, downMs: 300_000 } };
  expect(simulate(rule, (round) => (round % 4 === 0 ? 40 : 4), { start: 1 })).toEqual([]);
  expect(simulate(rule, (round) => (round < 20 ? 4 : 40), { start: 1 }).map(({ to }) => to)).toEqual([10]);
});

test('limits: the largest number is not exceeded, and the decision says what was asked for', () => {
  const [change] = simulate({ ...RULE, max: 3 }, () => 100);
  expect(change).toMatchObject({
    from: 1,
    to: 3,
    metric: 'inflight',
    value: 100,
    target: 4,
    formula: 'ceil(1 × 100 / 4) = 25',
    because: '25 is more than the largest number, 3',
  });
});

test('to zero: only when nothing was asked of it for the whole window, and not by the formula', () => {
  const rule = { ...RULE, min: 0 };
  const idle = (idleMs: number): ScalingObservation => ({
    at: 9_000_000,
    current: 1,
    sample: { kind: 'each', replicas: [{ id: 'worker#1', isReady: true, value: 0 }] },
    idleMs,
  });
  const long: Recommendation[] = [{ at: 8_000_000, desired: 0 }];
  expect(decideScale(rule, idle(0), long).decision.to).toBe(1);
  expect(decideScale(rule, idle(299_999), long).decision.to).toBe(1);
  expect(decideScale(rule, idle(300_000), long).decision).toMatchObject({
    to: 0,
    because: 'nothing was asked of it for 300 s',
  });
  expect(decideScale(RULE, idle(300_000), long).decision.to).toBe(1);
});

test('from zero: a shared number starts what it asks for; nothing measured starts nothing', () => {
  const rule = { ...RULE, min: 0, metric: 'depth' };
  const at = 5000;
  const none = { at, current: 0, idleMs: at, sample: { kind: 'shared', value: 0 } } as const;
  expect(decideScale(rule, none, []).decision.to).toBe(0);
  expect(decideScale(rule, { ...none, sample: { kind: 'shared', value: 9 } }, []).decision.to).toBe(3);
  expect(decideScale(rule, { ...none, sample: { kind: 'each', replicas: [] } }, []).decision.to).toBe(0);
});

test('without a past the present number is the first recommendation: a new daemon ends nobody at once', () => {
  const observation: ScalingObservation = {
    at: 0,
    current: 5,
    sample: {
      kind: 'each',
      replicas: [1, 2, 3, 4, 5].map((slot) => ({ id: `worker#${slot}`, isReady: true, value: 0 })),
    },
    idleMs: 0,
  };
  expect(decideScale(RULE, observation, []).decision.to).toBe(5);
});
