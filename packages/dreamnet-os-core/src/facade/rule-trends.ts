import type { RuleTrend, WantedTrends } from '../heartbeat-alerts/rules/rule-parts.js';
import { TREND_SPAN_MS } from '../neural-mesh/metric-trends.js';
import { detectTrends, domainSeries } from '../neural-mesh/trends.js';
import { createWatchedTrends } from '../neural-mesh/watched-trends.js';
import type { Rooms } from './rooms.js';

/** The trends that rules ask for: of metrics, or of the domains' scores and the subsystems' statuses. */
export function createRuleTrends(
  rooms: Pick<Rooms, 'clock' | 'history' | 'series' | 'trends'>,
): (wanted: WantedTrends) => readonly RuleTrend[] {
  const { clock, history, series, trends } = rooms;
  const ofMetrics = createWatchedTrends(trends);
  return ({ owner, of, isWanted, level }) => {
    const about = level === undefined ? {} : { level };
    if (of === 'metrics') return ofMetrics({ owner, isWanted, ...about });
    const nowMs = clock.now();
    const scores = [
      ...domainSeries(history.entries(), nowMs - TREND_SPAN_MS),
      ...series.series(TREND_SPAN_MS),
    ];
    return detectTrends(
      scores.filter(isWanted).map((one) => ({ ...one, ...about })),
      { nowMs },
    );
  };
}
