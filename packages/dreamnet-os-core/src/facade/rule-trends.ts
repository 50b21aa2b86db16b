import type { Trend } from '@dreamnet/contracts';
import type { WantedTrends } from '../heartbeat-alerts/rules/rule-parts.js';
import { metricTrends } from '../neural-mesh/metric-trends.js';
import { detectTrends, domainSeries } from '../neural-mesh/trends.js';
import type { Rooms } from './rooms.js';

/** How far back the trends of scores and statuses look. */
const SPAN_MS = 3_600_000;

/** The trends that rules ask for: of metrics, or of the domains' scores and the subsystems' statuses. */
export function createRuleTrends(
  rooms: Pick<Rooms, 'clock' | 'health' | 'history' | 'seriesHistory' | 'series'>,
): (wanted: WantedTrends) => readonly Trend[] {
  const { clock, health, history, seriesHistory, series } = rooms;
  const ofMetrics = { history: seriesHistory, manifest: health.manifest, now: () => clock.now() };
  return ({ of, isWanted, level }) => {
    const about = level === undefined ? {} : { level };
    if (of === 'metrics') return metricTrends(ofMetrics, { isWanted, ...about });
    const scores = [...domainSeries(history.entries()), ...series.series(SPAN_MS)];
    return detectTrends(scores.filter(isWanted).map((one) => ({ ...one, ...about })));
  };
}
