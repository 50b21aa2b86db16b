import type { AnomalyPoint, SeriesPoint } from '@dreamnet/contracts';
import { createAnomalyScorer } from './anomaly-scorer.js';

/**
 * Scores a stretch of history as if it came now: each point by what came before it only, with a scorer that knew nothing
 * at the first one. Some microseconds a point.
 *
 * @param points Oldest first, as `SeriesAnswer` has them.
 * @returns One score a point, 0 while learning.
 */
export function replayAnomalies(points: readonly Pick<SeriesPoint, 'at' | 'mean'>[]): AnomalyPoint[] {
  const scorer = createAnomalyScorer();
  return points.map(({ at, mean }) => {
    const score = scorer.next(mean, at);
    const { isLearning, reason } = scorer.explain();
    return { at, score, isLearning, reason };
  });
}
