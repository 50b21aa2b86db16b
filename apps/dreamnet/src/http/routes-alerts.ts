import type { AlertState, Severity, SilenceWish } from '@dreamnet/contracts';
import { type AlertPage, type AlertPlace, parseMatchers } from '@dreamnet/dreamnet-os-core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { LONGEST_DURATION_MS, parseDuration } from '../config/quantities.js';
import type { Daemon } from '../daemon/daemon.js';
import { programError } from '../errors.js';
import { actorOf } from './auth.js';
import { readCursor, writeCursor } from './list-cursor.js';
import { pathValue, queryValue } from './request-values.js';
import { addRoutes } from './route.js';
import { silenceSchema, whySchema } from './schemas.js';

/** What these routes are answered from. */
type AlertParts = Pick<Daemon, 'core' | 'clock'>;

const DEFAULT_LIMIT = 200;
const MOST_LISTED = 100_000;
const DECISIONS = ['acknowledge', 'resolve', 'close'] as const;
/** What `state` may ask for: one state, all that are not over, or the newest of every state. */
const STATES: Readonly<Record<string, readonly AlertState[]>> = {
  open: ['detected', 'active'],
  recent: ['detected', 'active', 'resolved', 'closed'],
  detected: ['detected'],
  active: ['active'],
  resolved: ['resolved'],
  closed: ['closed'],
};
const SEVERITIES: readonly Severity[] = ['info', 'warning', 'critical'];
const ORDERS = ['newest', 'worst'] as const;

/** Alerts, silences, rules and receivers. */
export function addAlertRoutes(app: FastifyInstance, daemon: AlertParts): void {
  addListing(app, daemon);
  addDecisions(app, daemon);
  addSilences(app, daemon);
  addRulesAndReceivers(app, daemon);
}

function addListing(app: FastifyInstance, { core }: AlertParts): void {
  addRoutes(app, [
    {
      method: 'GET',
      path: '/api/alerts',
      role: 'viewer',
      tag: 'alerts',
      summary:
        'Alerts, newest or worst first, a page at a time: the open ones, or those of a state, a severity, a subsystem, with labels; total counts all of them, next is where the next page begins',
      query: ['state', 'severity', 'subsystem', 'match', 'order', 'after', 'offset', 'limit'],
      answer: (request) => listAlerts(core, request),
    },
    {
      method: 'GET',
      path: '/api/alerts/:id',
      role: 'viewer',
      tag: 'alerts',
      summary: 'One alert, with who is told of it and what keeps it from being told',
      answer: (request) => {
        const id = pathValue(request, 'id');
        const found = core.alertView(id);
        if (found === undefined) throw programError('DN_ALERT_UNKNOWN', { id });
        return found;
      },
    },
  ]);
}

interface AlertList extends Omit<AlertPage, 'next'> {
  offset: number;
  /** What `after` takes for the next page; null on the last one. */
  next: string | null;
}

function listAlerts(core: AlertParts['core'], request: FastifyRequest): AlertList {
  const state = oneOf(request, 'state', Object.keys(STATES)) ?? 'open';
  const states = STATES[state] ?? [];
  const severity = oneOf(request, 'severity', SEVERITIES);
  const order = oneOf(request, 'order', ORDERS);
  const subsystem = queryValue(request, 'subsystem');
  const offset = countOf(request, { name: 'offset', atLeast: 0, fallback: 0 });
  const after = placeOf(request);
  const fallback = states === STATES.open ? MOST_LISTED : DEFAULT_LIMIT;
  const { next, ...page } = core.alertPage({
    states,
    ...(after === undefined ? {} : { after }),
    ...(severity === undefined ? {} : { severity }),
    ...(order === undefined ? {} : { order }),
    ...(subsystem === undefined ? {} : { subsystem }),
    matchers: parseMatchers(queryValue(request, 'match') ?? ''),
    offset,
    limit: countOf(request, { name: 'limit', atLeast: 1, fallback }),
  });
  return { ...page, offset, next: next ? writeCursor(next.severity, next.detectedAt, next.id) : null };
}

function placeOf(request: FastifyRequest): AlertPlace | undefined {
  const cursor = readCursor(request, 1);
  if (cursor === undefined) return undefined;
  const severity = SEVERITIES.find((one) => one === cursor.words[0]);
  if (severity === undefined) throw badInput('after', 'it is not what a list of alerts gave as next');
  return { severity, detectedAt: cursor.place.at, id: cursor.place.id };
}

function oneOf<T extends string>(request: FastifyRequest, name: string, known: readonly T[]): T | undefined {
  const text = queryValue(request, name);
  const found = known.find((one) => one === text);
  if (text !== undefined && found === undefined) throw badInput(name, `expected one of ${known.join(', ')}`);
  return found;
}

function countOf(
  request: FastifyRequest,
  { name, atLeast, fallback }: { name: string; atLeast: number; fallback: number },
): number {
  const text = queryValue(request, name);
  if (text === undefined) return fallback;
  const count = Number(text);
  if (text.trim() !== '' && Number.isInteger(count) && count >= atLeast && count <= MOST_LISTED) return count;
  throw badInput(name, `expected ${atLeast} to ${MOST_LISTED}`);
}

function addDecisions(app: FastifyInstance, { core }: AlertParts): void {
  addRoutes(app, [
    {
      method: 'POST',
      path: '/api/alerts/:id/:verb',
      role: 'operator',
      tag: 'alerts',
      summary: 'acknowledge, resolve or close an alert; on disk when it is answered',
      answer: async (request) => {
        const id = pathValue(request, 'id');
        const name = pathValue(request, 'verb');
        const verb = DECISIONS.find((one) => one === name);
        if (verb === undefined) throw programError('DN_API_NOT_FOUND', { kind: 'alert action', name });
        const why = whySchema.optional().parse(request.body ?? undefined)?.why;
        if (!(await core.decideAlert(id, { verb, by: actorOf(request), why })))
          throw programError('DN_API_NOT_FOUND', { kind: `alert that ${verb} is possible for:`, name: id });
        return { id, done: verb };
      },
    },
  ]);
}

function addSilences(app: FastifyInstance, { core, clock }: AlertParts): void {
  addRoutes(app, [
    {
      method: 'GET',
      path: '/api/silences',
      role: 'viewer',
      tag: 'alerts',
      summary: 'Silences: active, to come, and lately ended',
      answer: () => ({ silences: core.silences() }),
    },
    {
      method: 'POST',
      path: '/api/silences',
      role: 'operator',
      tag: 'alerts',
      summary: 'Hold back the notifications of alerts with these labels; on disk when it is answered',
      body: silenceSchema,
      answer: (request) => {
        const body = silenceSchema.parse(request.body);
        return core.silence({ ...wishOf(body, clock.now()), createdBy: actorOf(request) });
      },
    },
    {
      method: 'DELETE',
      path: '/api/silences/:id',
      role: 'operator',
      tag: 'alerts',
      summary: 'End a silence now',
      answer: async (request) => {
        const id = pathValue(request, 'id');
        if (!(await core.expireSilence(id, actorOf(request))))
          throw programError('DN_API_NOT_FOUND', { kind: 'silence in force or to come', name: id });
        return { id, done: 'expired' };
      },
    },
  ]);
}

type SilenceBody = ReturnType<typeof silenceSchema.parse>;

/** What is asked for, with its times: `for` counts from now on. */
function wishOf(body: SilenceBody, now: number): SilenceWish {
  if (!('for' in body)) return body as SilenceWish;
  const { for: duration, ...rest } = body;
  const forMs = parseDuration(duration);
  if (forMs === undefined || forMs <= 0 || forMs > LONGEST_DURATION_MS)
    throw badInput('for', `'${duration}' is not a duration such as 1h, of a year at most`);
  const times = { startsAt: now, endsAt: now + forMs };
  if (!('subsystem' in rest)) return { ...rest, ...times } as SilenceWish;
  const { subsystem: value, comment = '' } = rest;
  return { matchers: [{ name: 'subsystem', value, isEqual: true, isRegex: false }], ...times, comment };
}

function addRulesAndReceivers(app: FastifyInstance, { core }: AlertParts): void {
  addRoutes(app, [
    {
      method: 'GET',
      path: '/api/rules',
      role: 'viewer',
      tag: 'alerts',
      summary: 'Own alert rules, and for whom each fires now',
      answer: () => ({ rules: core.alertRules() }),
    },
    {
      method: 'GET',
      path: '/api/receivers',
      role: 'viewer',
      tag: 'alerts',
      summary: 'Receivers, how they are told, and what came of it',
      answer: () => ({ receivers: core.receivers() }),
    },
    {
      method: 'POST',
      path: '/api/receivers/:name/test',
      role: 'operator',
      tag: 'alerts',
      summary: 'Tell a receiver something as a trial, by each of its ways',
      answer: async (request) => {
        const name = pathValue(request, 'name');
        await core.audit.record({ actor: actorOf(request), action: 'receiver.test', target: name });
        return { receiver: name, trials: await core.tryReceiver(name) };
      },
    },
  ]);
}

function badInput(where: string, why: string): Error {
  return programError('DN_API_BAD_INPUT', { where, why });
}
