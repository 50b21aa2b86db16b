import type { FastifyInstance, FastifyRequest } from 'fastify';
import { LONGEST_DURATION_MS, parseDuration } from '../config/quantities.js';
import type { Daemon } from '../daemon/daemon.js';
import { programError } from '../errors.js';
import { queryValue } from './request-values.js';
import { addRoutes } from './route.js';

const DEFAULT_LIMIT = 100;

/** Where series are heading, and which metrics are unusual now. */
export function addTrendRoutes(app: FastifyInstance, { core }: Pick<Daemon, 'core'>): void {
  addRoutes(app, [
    {
      method: 'GET',
      path: '/api/trends',
      role: 'viewer',
      tag: 'health',
      summary: 'Trends of scores, statuses and metrics, with forecasts; of some metrics when one is named',
      query: ['subject', 'metric', 'since', 'level'],
      answer: async (request) => {
        const query = trendQueryOf(request);
        if (Object.keys(query).length === 0) return { trends: core.detectTrends() };
        return { trends: await core.metricTrends(query) };
      },
    },
    {
      method: 'GET',
      path: '/api/anomalies',
      role: 'viewer',
      tag: 'health',
      summary: 'The newest anomaly score of each metric, highest first',
      query: ['subject', 'limit'],
      answer: (request) => {
        const subject = queryValue(request, 'subject');
        const limit = numberOf(request, 'limit') ?? DEFAULT_LIMIT;
        const all = core.anomalies.list();
        const chosen = subject === undefined ? all : all.filter(({ subsystem }) => subsystem === subject);
        return { anomalies: chosen.slice(0, Math.max(0, limit)), figures: core.anomalies.figures() };
      },
    },
  ]);
}

function trendQueryOf(request: FastifyRequest) {
  const subject = queryValue(request, 'subject');
  const metric = queryValue(request, 'metric');
  const spanMs = spanOf(request);
  const level = numberOf(request, 'level');
  return {
    ...(subject === undefined ? {} : { subject }),
    ...(metric === undefined ? {} : { metric }),
    ...(spanMs === undefined ? {} : { spanMs }),
    ...(level === undefined ? {} : { level }),
  };
}

function spanOf(request: FastifyRequest): number | undefined {
  const text = queryValue(request, 'since');
  if (text === undefined) return undefined;
  const spanMs = parseDuration(text);
  if (spanMs === undefined || spanMs <= 0 || spanMs > LONGEST_DURATION_MS)
    throw badInput('since', `'${text}' is not a duration such as 6h, of a year at most`);
  return spanMs;
}

function numberOf(request: FastifyRequest, name: string): number | undefined {
  const text = queryValue(request, name);
  if (text === undefined) return undefined;
  const number = Number(text);
  if (text.trim() === '' || !Number.isFinite(number)) throw badInput(name, `'${text}' is not a number`);
  return number;
}

function badInput(where: string, why: string): Error {
  return programError('DN_API_BAD_INPUT', { where, why });
}
