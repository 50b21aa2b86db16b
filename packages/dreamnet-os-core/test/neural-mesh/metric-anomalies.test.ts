import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createMetricAnomalies } from '../../src/neural-mesh/metric-anomalies.js';

const SECOND = 1_000;

function rig(options: { limit?: number } = {}) {
  const clock = createFakeClock();
  const anomalies = createMetricAnomalies({ clock, ...options });
  const startedAt = clock.now();
  let seconds = 0;
  /** One value of each metric, a second after the last. */
  const feed = (values: Readonly<Record<string, number>>) => {
    seconds += 1;
    for (const [metric, value] of Object.entries(values))
      anomalies.take({ subsystem: 'api', metric, value, at: startedAt + seconds * SECOND });
  };
  return { clock, anomalies, feed };
}

test('metric anomalies: each metric is learnt by itself, then its scores are told', () => {
  const { anomalies, feed } = rig();
  const told: string[] = [];
  anomalies.onScore(({ metric, score }) => score >= 0.5 && told.push(metric));
  for (let row = 0; row < 200; row += 1) feed({ errors: row % 3, load: 50 + (row % 7) });
  expect(anomalies.figures()).toMatchObject({ series: 2, learning: 0, scored: 400 });
  feed({ errors: 90, load: 54 });
  expect(told).toEqual(['errors']);
  expect(anomalies.list()[0]).toMatchObject({ metric: 'errors', value: 90, lastTold: { value: 90 } });
  expect(anomalies.read('api', 'load')?.score).toBeLessThan(0.5);
});

test('metric anomalies: while learning a score is 0, says so and nobody is told', () => {
  const { anomalies, feed } = rig();
  let told = 0;
  anomalies.onScore(() => {
    told += 1;
  });
  for (let row = 0; row < 100; row += 1) feed({ errors: row === 60 ? 1000 : 1 });
  expect(told).toBe(0);
  expect(anomalies.read('api', 'errors')).toMatchObject({ score: 0, isLearning: true });
});

test('metric anomalies: beyond the limit a series is refused and counted until another has been silent for ten minutes', async () => {
  const { clock, anomalies, feed } = rig({ limit: 2 });
  feed({ a: 1, b: 1, c: 1 });
  expect(anomalies.figures()).toMatchObject({ series: 2, refused: 1, replaced: 0 });
  expect(anomalies.read('api', 'c')).toBeUndefined();
  await clock.advance(600_000);
  feed({ b: 1, c: 1 });
  expect(anomalies.figures()).toMatchObject({ series: 2, refused: 1, replaced: 1 });
  expect(anomalies.read('api', 'a')).toBeUndefined();
});

test('metric anomalies: of a value a second all are scored, also when one comes early; closer ones are counted and left out', () => {
  const { anomalies } = rig();
  for (const at of [0, 10, 900, 1000, 1000]) anomalies.take({ subsystem: 'api', metric: 'm', value: 1, at });
  expect(anomalies.figures()).toMatchObject({ scored: 2, thinned: 3 });
});

test('metric anomalies: a listener that throws is counted and keeps nobody else from hearing', () => {
  const { anomalies, feed } = rig();
  let heard = 0;
  anomalies.onScore(() => {
    throw new Error('deaf');
  });
  anomalies.onScore(() => {
    heard += 1;
  });
  for (let row = 0; row < 105; row += 1) feed({ m: row % 2 });
  expect(heard).toBe(5);
  expect(anomalies.figures().listenersFailed).toBe(5);
});

test('metric anomalies: what is forgotten of one subsystem begins anew', () => {
  const { anomalies, feed } = rig();
  feed({ m: 1 });
  anomalies.take({ subsystem: 'other', metric: 'm', value: 1, at: 0 });
  anomalies.forget('api');
  expect(anomalies.list().map(({ subsystem }) => subsystem)).toEqual(['other']);
});

test('metric anomalies: a handle of a tap is over once its series gave its place away or was forgotten', async () => {
  const { clock, anomalies, feed } = rig({ limit: 1 });
  const { tap } = anomalies;
  const handle = tap.open('api', 'a');
  expect(handle !== undefined && tap.take(handle, 1, 1000)).toBe(true);
  expect(tap.open('api', 'a')).toBe(handle);
  expect(tap.open('api', 'b')).toBeUndefined();
  await clock.advance(599_999);
  expect(tap.open('api', 'b')).toBeUndefined();
  await clock.advance(1);
  feed({ b: 1 });
  expect(anomalies.figures()).toMatchObject({ series: 1, refused: 2, replaced: 1 });
  expect(handle !== undefined && tap.take(handle, 2, 900_000)).toBe(false);
  anomalies.forget('api');
  feed({ c: 1 });
  expect(anomalies.figures()).toMatchObject({ series: 1, refused: 2 });
});
