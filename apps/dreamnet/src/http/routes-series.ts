import type { SeriesAnswer, SeriesName } from '@dreamnet/contracts';
import { replayAnomalies } from '@dreamnet/dreamnet-os-core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { parseDuration } from '../config/quantities.js';
import type { Daemon } from '../daemon/daemon.js';
import { programError } from '../errors.js';
import { pathValue, queryValue } from './request-values.js';
import { addRoutes } from './route.js';
import { domainOf } from './routes-health.js';

const KINDS: readonly SeriesName['kind'][] = ['metric', 'score', 'status'];
const DEFAULT_SINCE_MS = 3_600_000;
const DEFAULT_SCORED_POINTS = 500;
/** Twice as many are scored, at some microseconds each: well below what a reader would notice. */
const MOST_SCORED_POINTS = 2_000;

/** Which series there are, and what they held. */
export function addSeriesRoutes(app: FastifyInstance, daemon: Daemon): void {
  const { core, clock } = daemon;
  addRoutes(app, [
    {
      method: 'GET',
      path: '/api/series',
      role: 'viewer',
      tag: 'health',
      summary: 'Series of the history with their newest values',
      query: ['kind', 'subject', 'metric', 'limit'],
      answer: (request) => ({ series: core.series.list(filterOf(request)) }),
    },
    {
      method: 'GET',
      path: '/api/series/range',
      role: 'viewer',
      tag: 'health',
      summary: 'One series over a stretch of time',
      query: ['kind', 'subject', 'metric', 'from', 'to', 'since', 'step'],
      answer: (request): Promise<SeriesAnswer> => {
        const stepMs = spanOf(request, 'step');
        return core.series.range({
          series: nameOf(request),
          ...stretchOf(request, clock.now()),
          ...(stepMs === undefined ? {} : { stepMs }),
        });
      },
    },
    {
      method: 'GET',
      path: '/api/series/anomalies',
      role: 'viewer',
      tag: 'health',
      summary: 'How unusual each point of a stretch was, learnt from as long a stretch before it',
      query: ['kind', 'subject', 'metric', 'from', 'to', 'since', 'step'],
      answer: async (request) => {
        const { fromMs, toMs } = stretchOf(request, clock.now());
        const stepMs = scoredStepOf(request, toMs - fromMs);
        const learntFromMs = Math.max(0, fromMs - (toMs - fromMs));
        const series = nameOf(request);
        const { points } = await core.series.range({ series, fromMs: learntFromMs, toMs, stepMs });
        return { points: replayAnomalies(points).filter(({ at }) => at >= fromMs) };
      },
    },
    {
      method: 'GET',
      path: '/api/health/reasons/:domain',
      role: 'viewer',
      tag: 'health',
      summary: 'When a domain’s score changed, and what pulled it down most then',
      query: ['from', 'to', 'since'],
      answer: async (request) => {
        const { fromMs, toMs } = stretchOf(request, clock.now());
        return { reasons: await core.scoreReasons(domainOf(pathValue(request, 'domain')), fromMs, toMs) };
      },
    },
  ]);
}

/** The distance of the points to score: a step so fine that there would be too many of them is refused. */
function scoredStepOf(request: FastifyRequest, spanMs: number): number {
  const stepMs = spanOf(request, 'step') ?? Math.max(1, Math.ceil(spanMs / DEFAULT_SCORED_POINTS));
  if (spanMs / stepMs > MOST_SCORED_POINTS)
    throw badInput('step', `${stepMs} ms give more than ${MOST_SCORED_POINTS} points; take a longer step`);
  return stepMs;
}

/** `from` to `to`, else the last `since`. */
function stretchOf(request: FastifyRequest, now: number): { fromMs: number; toMs: number } {
  const toMs = timeOf(request, 'to') ?? now + 1;
  const sinceMs = spanOf(request, 'since') ?? DEFAULT_SINCE_MS;
  return { fromMs: timeOf(request, 'from') ?? toMs - sinceMs, toMs };
}

function filterOf(request: FastifyRequest) {
  const kind = kindOf(request);
  const subject = queryValue(request, 'subject');
  const metric = queryValue(request, 'metric');
  const limit = queryValue(request, 'limit');
  return {
    ...(kind === undefined ? {} : { kind }),
    ...(subject === undefined ? {} : { subject }),
    ...(metric === undefined ? {} : { metric }),
    ...(limit === undefined ? {} : { limit: wholeNumber('limit', limit) }),
  };
}

function nameOf(request: FastifyRequest): SeriesName {
  const subject = queryValue(request, 'subject');
  const metric = queryValue(request, 'metric');
  if (subject === undefined || metric === undefined)
    throw badInput(subject === undefined ? 'subject' : 'metric', 'say whose series and which metric');
  return { kind: kindOf(request) ?? 'metric', subject, metric };
}

function kindOf(request: FastifyRequest): SeriesName['kind'] | undefined {
  const given = queryValue(request, 'kind');
  const kind = KINDS.find((each) => each === given);
  if (given !== undefined && kind === undefined)
    throw badInput('kind', `'${given}' is none of ${KINDS.join(', ')}`);
  return kind;
}

/** Epoch ms, or a time with its zone such as `2026-11-21T15:00:00Z`. */
function timeOf(request: FastifyRequest, name: string): number | undefined {
  const text = queryValue(request, name);
  if (text === undefined) return undefined;
  const isDate = /^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:\d{2})$/.test(text);
  const time = isDate ? Date.parse(text) : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(time))
    throw badInput(name, `'${text}' is neither epoch ms nor a time such as 2026-11-21T15:00:00Z`);
  return time;
}

/** A duration such as `5m`, or ms. */
function spanOf(request: FastifyRequest, name: string): number | undefined {
  const text = queryValue(request, name);
  if (text === undefined) return undefined;
  const span = /^\d+$/.test(text) ? Number(text) : parseDuration(text);
  if (span === undefined || span <= 0)
    throw badInput(name, `'${text}' is neither a duration such as 5m nor a number of ms`);
  return span;
}

function wholeNumber(name: string, text: string): number {
  if (!/^\d+$/.test(text)) throw badInput(name, `'${text}' is not a whole number`);
  return Number(text);
}

function badInput(where: string, why: string) {
  return programError('DN_API_BAD_INPUT', { where, why });
}
