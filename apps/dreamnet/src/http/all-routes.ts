import type { FastifyInstance } from 'fastify';
import type { Daemon } from '../daemon/daemon.js';
import type { ReportBodyTools } from '../ingest/report-bodies.js';
import { addAgentRoutes } from './routes-agents.js';
import { addAlertmanagerApi } from './routes-alertmanager.js';
import { addAlertRoutes } from './routes-alerts.js';
import { addBudgetRoutes } from './routes-budgets.js';
import { addEventRoutes } from './routes-events.js';
import { addHealthRoutes } from './routes-health.js';
import { addHeartbeatRoutes } from './routes-heartbeats.js';
import { addLogRoutes } from './routes-logs.js';
import { addOtlpRoutes } from './routes-otlp.js';
import { addRecoveryRoutes } from './routes-recovery.js';
import { addSeriesRoutes } from './routes-series.js';
import { addTrendRoutes } from './routes-trends.js';

/** All that a daemon with a fleet is asked over HTTP; the documentation is held against this list. */
export function addAllRoutes(server: FastifyInstance, daemon: Daemon, reports: ReportBodyTools): void {
  addHealthRoutes(server, daemon);
  addAlertRoutes(server, daemon);
  addSeriesRoutes(server, daemon);
  addTrendRoutes(server, daemon);
  addHeartbeatRoutes(server, reports);
  addOtlpRoutes(server, daemon.ingest.otlp);
  addAgentRoutes(server, daemon);
  addBudgetRoutes(server, daemon);
  addLogRoutes(server, daemon);
  addAlertmanagerApi(server, daemon);
  addRecoveryRoutes(server, daemon);
  addEventRoutes(server, daemon);
}
