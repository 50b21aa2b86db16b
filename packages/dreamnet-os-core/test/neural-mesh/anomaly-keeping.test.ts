import type { MetricAnomaly } from '@dreamnet/contracts';
import { createFakeClock, type FakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createAnomalyScorer } from '../../src/neural-mesh/anomaly/anomaly-scorer.js';
import { packScorer, unpackScorer } from '../../src/neural-mesh/anomaly/packed-scorer.js';
import { createAnomalyKeeping } from '../../src/neural-mesh/anomaly-keeping.js';
import { createMetricAnomalies } from '../../src/neural-mesh/metric-anomalies.js';
import { createTestStore } from '../support.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const COLLECTION = 'anomaly-scorers';

/** 0..1 without direction, the same in every run. */
function noise(index: number): number {
  const x = Math.sin(index * 12.9898) * 43_758.5453;
  return x - Math.floor(x);
}

/** One life of a program over a store that outlives it. */
async function life(clock: FakeClock, kept = createTestStore(), limit = 10) {
  const events: string[] = [];
  const anomalies = createMetricAnomalies({ clock, limit });
  const keeping = createAnomalyKeeping({
    clock,
    anomalies,
    limit,
    store: kept.store,
    publish: (type, subject, data) => void events.push(`${type} ${subject}: ${JSON.stringify(data)}`),
  });
  await keeping.load();
  keeping.start();
  const told: MetricAnomaly[] = [];
  anomalies.onScore((one) => told.push(one));
  const feed = async (metric: string, value: number) => {
    await clock.advance(SECOND);
    anomalies.take({ subsystem: 'api', metric, value, at: clock.now() });
    return anomalies.read('api', metric)?.score ?? Number.NaN;
  };
  return { anomalies, keeping, kept, told, events, feed };
}

test('kept scorers: after a restart every score is the one there would have been without, to the last digit', async () => {
  const values = Array.from({ length: 1500 }, (_none, row) => 10 + noise(row) + (row % 401 === 400 ? 5 : 0));
  const clock = createFakeClock();
  const whole = await life(clock);
  const expected: number[] = [];
  for (const value of values) expected.push(await whole.feed('load', value));
  expect(expected.filter((score) => score >= 0.5).length).toBeGreaterThan(1);
  const again = createFakeClock();
  let one = await life(again);
  const scores: number[] = [];
  for (const [row, value] of values.entries()) {
    if (row % 170 === 169) {
      await one.keeping.stop();
      one = await life(again, one.kept);
    }
    scores.push(await one.feed('load', value));
  }
  expect(scores).toEqual(expected);
  const learnt = ({ anomalies }: typeof one) => [...anomalies.watched()].map(({ scorer }) => scorer.save());
  expect(learnt(one)).toEqual(learnt(whole));
});

test('kept scorers: after a restart an anomaly is told at once instead of after a hundred rows of learning', async () => {
  const clock = createFakeClock();
  const before = await life(clock);
  for (let row = 0; row < 300; row += 1) await before.feed('load', 10 + noise(row));
  expect(await before.feed('load', 40)).toBeGreaterThan(0.9);
  await before.keeping.stop();
  const after = await life(clock, before.kept);
  // Nothing is shown or takes a place before it comes again.
  expect(after.anomalies.list()).toEqual([]);
  for (let row = 300; row < 420; row += 1) await after.feed('load', 10 + noise(row));
  expect(after.anomalies.read('api', 'load')?.lastTold).toMatchObject({ value: 40 });
  expect(await after.feed('load', 90)).toBeGreaterThan(0.9);
  expect(after.anomalies.figures()).toMatchObject({ resumed: 1, learning: 0 });
});

test('kept scorers: a crash costs what was learnt in the last five minutes, and a quarter more', async () => {
  const clock = createFakeClock();
  const before = await life(clock);
  for (let row = 0; row < 1200; row += 1) await before.feed('load', 10 + noise(row));
  const after = await life(clock, before.kept);
  await after.feed('load', 10);
  const [one] = [...after.anomalies.watched()];
  const rows = one?.scorer.explain().rows ?? 0;
  expect(rows).toBeLessThan(1201);
  expect(rows).toBeGreaterThan(1200 - 316);
});

test('kept scorers: they are written in turns, and those that did not change are not written again', async () => {
  const clock = createFakeClock();
  const { anomalies, kept } = await life(clock, createTestStore(), 100);
  for (let n = 0; n < 100; n += 1)
    anomalies.take({ subsystem: 'api', metric: `m${n}`, value: 1, at: clock.now() });
  const sizes: number[] = [];
  for (let turn = 0; turn < 20; turn += 1) {
    await clock.advance(15 * SECOND);
    sizes.push(kept.collection(COLLECTION).size);
  }
  expect(sizes.slice(0, 3)).toEqual([5, 10, 15]);
  expect(sizes.at(-1)).toBe(100);
  const { commits } = kept.state;
  await clock.advance(60 * MINUTE);
  expect(kept.state.commits).toBe(commits);
});

test('kept scorers: what is damaged or of another version learns anew, is said, and goes from the store', async () => {
  const clock = createFakeClock();
  const before = await life(clock);
  for (let row = 0; row < 150; row += 1)
    for (const metric of ['a', 'b', 'c']) await before.feed(metric, row % 3);
  await before.keeping.stop();
  const records = before.kept.collection(COLLECTION);
  const [a, b] = [...records.keys()];
  const bytes = (key = '') => records.get(key) as Uint8Array;
  const place = bytes(a).length - 9;
  bytes(a)[place] = (bytes(a)[place] ?? 0) ^ 1;
  bytes(b)[1] = 99;
  records.set('["api","d"]', { none: 'of ours' });
  const after = await life(clock, before.kept);
  expect(after.events).toEqual([expect.stringContaining('3 of 4 series are damaged or of another version')]);
  for (const metric of ['a', 'b', 'c']) await after.feed(metric, 1);
  expect(after.anomalies.figures()).toMatchObject({ series: 3, learning: 2, resumed: 1 });
  await after.keeping.stop();
  expect([...records.keys()].sort()).toEqual(['["api","a"]', '["api","b"]', '["api","c"]']);
});

test('kept scorers: a series that gave its place away, was forgotten, or stayed away for a week is kept no more', async () => {
  const clock = createFakeClock();
  const before = await life(clock, createTestStore(), 3);
  for (const metric of ['a', 'b', 'c']) await before.feed(metric, 1);
  await before.keeping.stop();
  const keys = () => [...before.kept.collection(COLLECTION).keys()];
  const after = await life(clock, before.kept, 3);
  await after.feed('b', 1);
  after.keeping.forget('nobody');
  await after.keeping.stop();
  expect(keys()).toHaveLength(3);
  after.keeping.forget('api');
  await after.keeping.stop();
  expect(keys()).toEqual(['["api","b"]']);
  await clock.advance(8 * 24 * 60 * MINUTE);
  const late = await life(clock, before.kept, 3);
  await late.feed('b', 1);
  expect(late.anomalies.figures().resumed).toBe(0);
  await late.keeping.stop();
  expect(keys()).toEqual(['["api","b"]']);
});

test('kept scorers: while the disk is full it is said once, nothing is lost in memory, and all is written later', async () => {
  const clock = createFakeClock();
  const { kept, feed, events, keeping } = await life(clock);
  kept.state.isBroken = true;
  for (let row = 0; row < 100; row += 1) await feed('load', row % 5);
  expect(events).toEqual([expect.stringContaining('keep what was learnt of metrics')]);
  expect(kept.collection(COLLECTION).size).toBe(0);
  kept.state.isBroken = false;
  await keeping.stop();
  expect(kept.collection(COLLECTION).size).toBe(1);
});

test('kept scorers: a series takes less than two and a half KiB, however long it ran, and bytes are no riddle', () => {
  const scorer = createAnomalyScorer();
  for (let row = 0; row < 20_000; row += 1)
    scorer.next((noise(row) - 0.5) * 10 ** ((row * 7) % 12), 1_700_000_000_000 + row * MINUTE);
  const kept = { subsystem: 'api', metric: 'load', at: 1, state: scorer.save() };
  const bytes = packScorer(kept);
  expect(bytes.length).toBeLessThan(2560);
  expect(unpackScorer(bytes)).toEqual(kept);
  for (const wrong of [undefined, null, 'text', new Uint8Array(), new Uint8Array(6), bytes.subarray(0, 500)])
    expect(unpackScorer(wrong)).toBeUndefined();
});
