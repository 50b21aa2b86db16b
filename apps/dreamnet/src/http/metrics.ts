import type { BudgetView, FreezeView, PsEntry, ScaleView, StatusView } from '@dreamnet/contracts';
import type { AnomalyFigures, HistoryFigures } from '@dreamnet/dreamnet-os-core';
import type { EventBusStats } from '@dreamnet/spine';
import type { StoreFigures } from '../daemon/store-tally.js';
import type { DeskCounts } from '../ingest/report-desk.js';
import { anomalyFamilies } from './anomaly-families.js';
import { budgetFamilies } from './budget-families.js';
import { processFamilies, renderFamilies } from './exposition.js';
import { historyFamilies } from './history-families.js';
import { loadFamilies } from './load-families.js';
import { reportFamilies } from './report-families.js';
import { storeFamilies } from './store-families.js';
import { usageFamilies } from './usage-families.js';

/** What the rooms count beside the status and the agents. */
interface MetricFigures {
  history: HistoryFigures;
  anomalies: AnomalyFigures;
  reports: Readonly<DeskCounts>;
  store: StoreFigures;
  events: EventBusStats;
  budgets: readonly BudgetView[];
  frozen: readonly FreezeView[];
  scales: readonly ScaleView[];
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

/**
 * The Prometheus text of the daemon's own view: scores, agents, alerts.
 *
 * @source https://prometheus.io/docs/instrumenting/exposition_formats/ version 0.0.4
 */
export function renderMetrics(
  status: StatusView,
  agents: readonly PsEntry[],
  figures: MetricFigures,
): string {
  const { globalHealth } = status.snapshot;
  const scores: Sample[] = Object.entries(globalHealth).map(([name, value]) => [
    { domain: name.replace(/Health$/, '') },
    value,
  ]);
  const states = ['ok', 'warn', 'error', 'unknown'] as const;
  const subsystems: Sample[] = status.snapshot.subsystems.flatMap((subsystem) =>
    states.map(
      (state): Sample => [{ subsystem: subsystem.name, status: state }, subsystem.status === state ? 1 : 0],
    ),
  );
  return [
    family('dreamnet_health_score', ['gauge', 'Score of a domain, 0 to 1.'], scores),
    family('dreamnet_subsystem_status', ['gauge', 'Is the subsystem in this status? 0 or 1.'], subsystems),
    family(
      'dreamnet_agent_up',
      ['gauge', 'Does a process run behind the agent and answer? 0 or 1.'],
      agents.map((agent) => [
        { agent: agent.name },
        agent.health.liveness.state === 'alive' && agent.health.readiness.state !== 'not_ready' ? 1 : 0,
      ]),
    ),
    family(
      'dreamnet_agent_restarts_total',
      ['counter', 'Starts of the agent after its first, whoever asked for them.'],
      agents.map((agent) => [{ agent: agent.name }, agent.restarts]),
    ),
    family('dreamnet_alerts_active', ['gauge', 'Alerts active now.'], [[{}, status.counts.activeAlerts]]),
    family('dreamnet_incidents_open', ['gauge', 'Incidents open now.'], [[{}, status.counts.openIncidents]]),
    family(
      'dreamnet_integration_gaps_open',
      ['gauge', 'Integration gaps open now.'],
      [[{}, status.counts.openGaps]],
    ),
    family(
      'dreamnet_daemon_uptime_seconds',
      ['gauge', 'Seconds since the daemon started.'],
      [[{}, status.daemon.uptimeMs / 1000]],
    ),
    renderFamilies([
      ...usageFamilies(agents),
      ...loadFamilies(figures.scales),
      ...reportFamilies(figures.reports),
      ...storeFamilies(figures.store, figures.events),
      ...historyFamilies(figures.history),
      ...anomalyFamilies(figures.anomalies),
      ...budgetFamilies(figures.budgets, figures.frozen),
      ...processFamilies(),
    ]),
  ].join('');
}

function family(
  name: string,
  [type, help]: readonly [type: 'gauge' | 'counter', help: string],
  samples: readonly Sample[],
): string {
  return renderFamilies([{ name, type, help, samples }]);
}
