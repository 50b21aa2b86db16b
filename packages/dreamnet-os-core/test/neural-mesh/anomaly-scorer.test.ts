import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createAnomalyScorer } from '../../src/neural-mesh/anomaly/anomaly-scorer.js';

const MINUTE = 60_000;
const START = 1_700_000_000_000;

/** 0..1 without direction, the same in every run. */
function noise(index: number): number {
  const x = Math.sin(index * 12.9898) * 43_758.5453;
  return x - Math.floor(x);
}

/** A scorer that has seen `rows` quiet rows around 10, and how to feed it on. */
function trained(rows: number) {
  const scorer = createAnomalyScorer();
  let index = 0;
  const feed = (value: number) => {
    index += 1;
    return scorer.next(value, START + index * 5 * MINUTE);
  };
  const quiet = () => feed(10 + noise(index));
  for (let row = 0; row < rows; row += 1) quiet();
  return { scorer, feed, quiet };
}

test('anomaly: the first hundred rows are learnt from and score nothing, whatever they hold', () => {
  const { scorer, feed } = trained(50);
  expect(feed(1000)).toBe(0);
  expect(scorer.explain()).toMatchObject({ isLearning: true, rows: 51, reason: 'learning: 51 of 100 rows' });
  for (let row = 0; row < 50; row += 1) feed(10);
  expect(scorer.explain().isLearning).toBe(false);
});

test('anomaly: a value far outside everything seen is told, with what speaks for it', () => {
  const { scorer, feed, quiet } = trained(500);
  expect(quiet()).toBeLessThan(0.5);
  expect(feed(14)).toBeGreaterThan(0.9);
  const { evidence, strength, reason } = scorer.explain();
  expect(['value', 'level', 'hour']).toContain(evidence);
  expect(strength).toBeGreaterThan(1);
  expect(reason).toContain('outside the range seen so far');
});

test('anomaly: it is told once; within the quiet that follows only what is stronger is told', () => {
  const { feed, quiet } = trained(500);
  expect(feed(12)).toBeGreaterThan(0.5);
  for (let row = 0; row < 10; row += 1) quiet();
  expect(feed(12)).toBeLessThan(0.5);
  expect(feed(30)).toBeGreaterThan(0.5);
});

test('anomaly: what is usual at noon is unusual at midnight', () => {
  const scorer = createAnomalyScorer();
  const perDay = 288;
  const at = (row: number) => Date.UTC(2026, 0, 1) + row * 5 * MINUTE;
  const isDay = (row: number) => row % perDay >= 96 && row % perDay < 192;
  for (let row = 0; row < 14 * perDay; row += 1) scorer.next((isDay(row) ? 80 : 20) + noise(row), at(row));
  let highest = 0;
  for (let row = 14 * perDay; row < 14 * perDay + 24; row += 1)
    highest = Math.max(highest, scorer.next(80 + noise(row), at(row)));
  expect(highest).toBeGreaterThan(0.5);
});

test('anomaly: a level that is held higher than ever is told though its peaks were seen before', () => {
  const { scorer, feed, quiet } = trained(300);
  for (let spike = 0; spike < 12; spike += 1) {
    feed(20);
    for (let row = 0; row < 100; row += 1) quiet();
  }
  const reasons: string[] = [];
  for (let row = 0; row < 8; row += 1) if (feed(17) >= 0.5) reasons.push(scorer.explain().evidence ?? '');
  expect(reasons).toContain('heldHigh');
});

test('anomaly: a constant series, and one that only repeats itself, are never told of', () => {
  const scorer = createAnomalyScorer();
  for (let row = 0; row < 1000; row += 1) expect(scorer.next(45, START + row * MINUTE)).toBe(0);
  const steps = createAnomalyScorer();
  for (let row = 0; row < 2000; row += 1) expect(steps.next(row % 4, START + row * MINUTE)).toBeLessThan(0.5);
});

/** Straight lines and constants; what differs from row to row is the rounding of their last digits. */
const STRAIGHT: readonly [what: string, of: (row: number) => number][] = [
  ['0.1 a row', (row) => 0.1 * row],
  ['0.2 a row from 50', (row) => 50 + 0.2 * row],
  ['-0.7 a row from 2000, through zero', (row) => 2000 - 0.7 * row],
  ['a third a row', (row) => row / 3],
  ['1e-9 a row from a million', (row) => 1e6 + 1e-9 * row],
  ['a constant, off by its last digit now and then', (row) => (row % 397 < 3 ? 0.1 + 0.2 : 0.3)],
];
for (const [what, of] of STRAIGHT)
  test(`anomaly: what only rounding makes differ is nothing: ${what}`, () => {
    const scorer = createAnomalyScorer();
    const told: [number, number, string][] = [];
    for (let row = 0; row < 3000; row += 1) {
      const score = scorer.next(of(row), START + row * 15_000);
      if (score >= 0.5) told.push([row, score, scorer.explain().reason]);
    }
    expect(told).toEqual([]);
  });

test('anomaly: after a straight line a step that is none of rounding is told', () => {
  const scorer = createAnomalyScorer();
  const feed = (row: number, value: number) => scorer.next(value, START + row * 15_000);
  for (let row = 0; row < 1000; row += 1) feed(row, 50 + 0.2 * row);
  expect(feed(1000, 251)).toBeGreaterThan(0.9);
});

test('anomaly: no finite number is left out, counted, and leaves what was learnt as it was', () => {
  const [clean, dirty] = [trained(200), trained(200)];
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
    expect(dirty.scorer.next(value, START)).toBe(0);
  expect(dirty.scorer.explain()).toMatchObject({ skipped: 3, rows: 200 });
  expect(dirty.scorer.next(13, START)).toBe(clean.scorer.next(13, START));
});

test('anomaly: every score is within 0..1, whatever the values and times', () => {
  const value = fc.oneof(fc.double(), fc.constantFrom(1e308, -1e308, 0, 5e-324), fc.integer());
  const at = fc.oneof(fc.integer(), fc.constantFrom(Number.NaN, 8.64e15));
  fc.assert(
    fc.property(fc.array(fc.tuple(value, at), { minLength: 120, maxLength: 300 }), (rows) => {
      const scorer = createAnomalyScorer();
      for (const [one, when] of rows) {
        const score = scorer.next(one, when);
        expect(score >= 0 && score <= 1).toBe(true);
      }
    }),
    { numRuns: 30 },
  );
});

test('anomaly: a score depends on nothing that comes later, and what was saved goes on alike', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -1000, max: 1000, noNaN: true }), { minLength: 150, maxLength: 400 }),
      fc.nat(149),
      (values, cut) => {
        const whole = createAnomalyScorer();
        const scores = values.map((value, row) => whole.next(value, START + row * 10 * MINUTE));
        const first = createAnomalyScorer();
        const early = values.slice(0, cut).map((value, row) => first.next(value, START + row * 10 * MINUTE));
        expect(early).toEqual(scores.slice(0, cut));
        const next = createAnomalyScorer({ state: JSON.parse(JSON.stringify(first.save())) });
        const late = values
          .slice(cut)
          .map((value, row) => next.next(value, START + (cut + row) * 10 * MINUTE));
        expect(late).toEqual(scores.slice(cut));
      },
    ),
    { numRuns: 25 },
  );
});
