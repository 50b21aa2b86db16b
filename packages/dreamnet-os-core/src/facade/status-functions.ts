import { DOMAIN_FACTORS, type Domain } from '@dreamnet/contracts';
import { registerContext } from '../context/context-entries.js';
import { healthStatistics } from '../heartbeat-alerts/health-statistics.js';
import { TREND_SPAN_MS } from '../neural-mesh/metric-trends.js';
import { detectTrends, domainSeries } from '../neural-mesh/trends.js';
import { mustBe, mustBeOneOf } from './argument-check.js';
import type { DreamNetOSCoreFacade } from './dreamnet-os-core.js';
import type { Rooms } from './rooms.js';

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
  | 'livenessOf'
  | 'explainHealth'
>;

/** Status, history and what is read from them. */
export function statusFunctions(rooms: Rooms): StatusFunctions {
  const { clock, health, status, history, series, alerts, trends } = rooms;
  return {
    run: (context) => {
      const names = registerContext(health, context);
      status.markRun();
      health.evaluate();
      rooms.healthAlerts.evaluate();
      rooms.alerting.rules.evaluate();
      rooms.integration.detectAll(names);
      for (const name of names) rooms.recovery.watched(name);
      history.record();
      return status.status();
    },
    status: status.status,
    getSnapshot: () => status.status().snapshot,
    getHealthHistory: history.entries,
    getHealthStats: () => healthStatistics(history.entries(), health.scores(), alerts.figures()),
    detectTrends: () => {
      const nowMs = clock.now();
      const scores = domainSeries(history.entries(), nowMs - TREND_SPAN_MS);
      const statuses = series.series(TREND_SPAN_MS);
      return [...detectTrends([...scores, ...statuses], { nowMs }), ...trends.recent()];
    },
    metricTrends: async (query = {}) => {
      mustBe('object', 'metricTrends(query)', query);
      return trends.asked(query);
    },
    anomalies: rooms.anomalies,
    health: health.read,
    livenessOf: health.livenessOf,
    explainHealth: (domain: Domain) => {
      mustBeOneOf(Object.keys(DOMAIN_FACTORS), 'explainHealth(domain)', domain);
      return health.explain(domain);
    },
  };
}
