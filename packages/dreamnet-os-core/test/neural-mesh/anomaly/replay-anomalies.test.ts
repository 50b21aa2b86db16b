import { expect, test } from 'vitest';
import { replayAnomalies } from '../../../src/neural-mesh/anomaly/replay-anomalies.js';

const MINUTE_MS = 60_000;

/** A steady wave with one value far beyond it. */
function wave(rows: number, spikeAt: number) {
  return Array.from({ length: rows }, (_, row) => ({
    at: row * MINUTE_MS,
    mean: row === spikeAt ? 500 : 100 + 5 * Math.sin(row),
  }));
}

test('replay: the unusual point is told, at its own time, with a reason; the quiet hours before it are not', () => {
  const settled = replayAnomalies(wave(600, 550)).slice(300);
  const told = settled.filter(({ score }) => score >= 0.5);
  expect(told.map(({ at }) => at)).toEqual([550 * MINUTE_MS]);
  expect(told[0]?.reason).not.toBe('');
});

test('replay: no look-ahead: the scores of a beginning do not depend on what follows', () => {
  const whole = replayAnomalies(wave(600, 550));
  expect(replayAnomalies(wave(400, 550))).toEqual(whole.slice(0, 400));
});

test('replay: the first points are learning and score nothing', () => {
  const [first] = replayAnomalies(wave(3, 1));
  expect(first).toMatchObject({ isLearning: true, score: 0 });
  expect(replayAnomalies([])).toEqual([]);
});
