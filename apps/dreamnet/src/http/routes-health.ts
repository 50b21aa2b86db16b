import type { Domain } from '@dreamnet/contracts';
import { DOMAIN_FACTORS } from '@dreamnet/contracts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Daemon } from '../daemon/daemon.js';
import { SUBSYSTEM_ORDERS, type WorstOnly, worstTerms } from '../daemon/worst.js';
import { programError } from '../errors.js';
import { renderDeliveryMetrics } from './alertmanager/delivery-metrics.js';
import { renderMetrics } from './metrics.js';
import { pathValue, queryValue } from './request-values.js';
import { addRoutes } from './route.js';

/** Status, scores, health over time. */
export function addHealthRoutes(app: FastifyInstance, daemon: Daemon): void {
  const { core, views } = daemon;
  addProbes(app, daemon);
  addRoutes(app, [
    {
      method: 'GET',
      path: '/api/status',
      role: 'viewer',
      tag: 'health',
      summary:
        'Scores, subsystems and counts; `worst` lists only so many, in the `order` status, name or seen',
      query: ['worst', 'order'],
      answer: (request) => views.status(worstOnly(request)),
    },
    {
      method: 'GET',
      path: '/api/subsystems',
      role: 'viewer',
      tag: 'health',
      summary: 'Every subsystem with its three axes',
      answer: () => ({ subsystems: views.subsystems() }),
    },
    {
      method: 'GET',
      path: '/api/health/history',
      role: 'viewer',
      tag: 'health',
      summary: 'Scores over time',
      answer: () => ({ history: core.getHealthHistory() }),
    },
    {
      method: 'GET',
      path: '/api/health/stats',
      role: 'viewer',
      tag: 'health',
      summary: 'Figures over the history, and significant trends',
      answer: () => ({ stats: core.getHealthStats(), trends: core.detectTrends() }),
    },
    {
      method: 'GET',
      path: '/api/health/explain/:domain',
      role: 'viewer',
      tag: 'health',
      summary: 'Every term of one domain’s score, the costliest first; with `worst` only so many',
      query: ['worst'],
      answer: (request) =>
        worstTerms(core.explainHealth(domainOf(pathValue(request, 'domain'))), worstOnly(request).worst),
    },
  ]);
}

/** What of a long list is wanted. @throws DN_API_BAD_INPUT */
function worstOnly(request: FastifyRequest): WorstOnly {
  const worst = queryValue(request, 'worst');
  const order = queryValue(request, 'order');
  const number = worst === undefined ? undefined : Number(worst);
  if (number !== undefined && !(Number.isSafeInteger(number) && number >= 0))
    throw programError('DN_API_BAD_INPUT', { where: 'worst', why: `'${worst}' is no whole number` });
  const known = SUBSYSTEM_ORDERS.find((one) => one === order);
  if (order !== undefined && known === undefined)
    throw programError('DN_API_BAD_INPUT', {
      where: 'order',
      why: `'${order}' is none of ${SUBSYSTEM_ORDERS.join(', ')}`,
    });
  return { worst: number, order: known };
}

/** `/livez`: the event loop turns. `/readyz`: the fleet was taken over. Both open: they say nothing else. */
function addProbes(app: FastifyInstance, daemon: Daemon): void {
  app.get('/livez', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const isReady = daemon.isReady();
    void reply.code(isReady ? 200 : 503);
    return { status: isReady ? 'ok' : 'starting' };
  });
  app.get('/metrics', { config: { role: 'viewer' } }, async (_request, reply) => {
    void reply.type('text/plain; version=0.0.4; charset=utf-8');
    const figures = {
      history: daemon.core.series.figures(),
      anomalies: daemon.core.anomalies.figures(),
      reports: daemon.ingest.desk.counts,
      store: daemon.keeping.figures(),
      events: daemon.keeping.journal(),
      budgets: daemon.budgets.views(),
      frozen: daemon.budgets.freezes(),
      scales: daemon.agents.names().map((name) => daemon.views.scale(name)),
    };
    return (
      renderMetrics(daemon.views.status(), daemon.views.agents(), figures) +
      renderDeliveryMetrics(daemon.core.delivery.figures(), 'dreamnet')
    );
  });
}

/** A domain named in a path. @throws DN_API_NOT_FOUND */
export function domainOf(name: string): Domain {
  if (Object.hasOwn(DOMAIN_FACTORS, name)) return name as Domain;
  throw programError('DN_API_NOT_FOUND', { kind: 'domain', name });
}
