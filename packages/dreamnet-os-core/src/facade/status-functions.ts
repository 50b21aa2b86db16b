import type { Domain } from '@dreamnet/contracts';
import { registerContext } from '../context/context-entries.js';
import { healthStatistics } from '../heartbeat-alerts/health-statistics.js';
import { metricTrends } from '../neural-mesh/metric-trends.js';
import { detectTrends, domainSeries } from '../neural-mesh/trends.js';
import type { DreamNetOSCoreFacade } from './dreamnet-os-core.js';
import type { Rooms } from './rooms.js';

/** How far back single subsystems' trends look. */
const TREND_SPAN_MS = 3_600_000;

type StatusFunctions = Pick<
  DreamNetOSCoreFacade,
  | 'run'
  | 'status'
  | 'getSnapshot'
  | 'getHealthHistory'
  | 'getHealthStats'
  | 'detectTrends'
  | 'metricTrends'
  | 'anomalies'
  | 'health'
  | 'explainHealth'
>;

/** Status, history and what is read from them. */
export function statusFunctions(rooms: Rooms): StatusFunctions {
  const { health, status, history, series, alerts, seriesHistory } = rooms;
  const ofMetrics = { history: seriesHistory, manifest: health.manifest, now: () => rooms.clock.now() };
  return {
    run: (context) => {
      const names = registerContext(health, context);
      status.markRun();
      health.evaluate();
      rooms.healthAlerts.evaluate();
      rooms.alerting.rules.evaluate();
      rooms.integration.detect();
      for (const name of names) rooms.recovery.watched(name);
      history.record();
      return status.status();
    },
    status: status.status,
    getSnapshot: () => status.status().snapshot,
    getHealthHistory: history.entries,
    getHealthStats: () => healthStatistics(history.entries(), health.scores(), alerts.figures()),
    detectTrends: () => [
      ...detectTrends([...domainSeries(history.entries()), ...series.series(TREND_SPAN_MS)]),
      ...metricTrends(ofMetrics),
    ],
    metricTrends: (query) => metricTrends(ofMetrics, query),
    anomalies: rooms.anomalies,
    health: health.read,
    explainHealth: (domain: Domain) => health.explain(domain),
  };
}
