import type { AnomalyPoint, SeriesPoint } from '@dreamnet/contracts';
import type { Drawing } from './drawing.js';

/** From here on a score is worth telling. */
const TELLING_SCORE = 0.5;

/** Scores as the chart takes them; while learning there is none, which is a gap and not a zero. */
export function scorePoints(scored: readonly AnomalyPoint[]): SeriesPoint[] {
  return scored
    .filter(({ isLearning }) => !isLearning)
    .map(({ at, score }) => ({ at, mean: score, min: score, max: score, count: 1 }));
}

/** The level worth telling, and the time that was spent learning. */
export function scoreDrawings(scored: readonly AnomalyPoint[]): Drawing[] {
  const level: Drawing = { kind: 'level', value: TELLING_SCORE, word: 'worth telling', colour: 'warn' };
  const learning = scored.filter(({ isLearning }) => isLearning);
  const [first, last] = [learning[0], learning.at(-1)];
  if (!first || !last) return [level];
  return [level, { kind: 'span', fromMs: first.at, toMs: last.at, word: 'learning', colour: 'soft' }];
}

/** Those worth telling, newest first. */
export function toldPoints(scored: readonly AnomalyPoint[]): AnomalyPoint[] {
  return scored.filter(({ score }) => score >= TELLING_SCORE).reverse();
}
