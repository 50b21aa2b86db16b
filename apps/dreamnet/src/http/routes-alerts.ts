import type { AlertState, AlertView, LabelMatcher, Severity, SilenceWish } from '@dreamnet/contracts';
import { matchesLabels, parseMatchers } from '@dreamnet/dreamnet-os-core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { LONGEST_DURATION_MS, parseDuration } from '../config/quantities.js';
import type { Daemon } from '../daemon/daemon.js';
import { programError } from '../errors.js';
import { actorOf } from './auth.js';
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
        'Alerts, newest first: the open ones, or those of a state, a severity, a subsystem, with labels',
      query: ['state', 'severity', 'subsystem', 'match', 'limit'],
      answer: (request) => ({ alerts: listAlerts(core, request) }),
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
        if (found === undefined) throw programError('DN_API_NOT_FOUND', { kind: 'alert', name: id });
        return found;
      },
    },
  ]);
}

function listAlerts(core: AlertParts['core'], request: FastifyRequest): AlertView[] {
  const state = queryValue(request, 'state') ?? 'open';
  const states = Object.hasOwn(STATES, state) ? STATES[state] : undefined;
  if (states === undefined) throw badInput('state', `expected one of ${Object.keys(STATES).join(', ')}`);
  const severity = queryValue(request, 'severity');
  if (severity !== undefined && !SEVERITIES.some((one) => one === severity))
    throw badInput('severity', `expected one of ${SEVERITIES.join(', ')}`);
  const limit = limitOf(request, states === STATES.open ? MOST_LISTED : DEFAULT_LIMIT);
  const subsystem = queryValue(request, 'subsystem');
  const matchers = parseMatchers(queryValue(request, 'match') ?? '');
  const isOpen = states.every((one) => one === 'detected' || one === 'active');
  return core
    .alertViews(isOpen ? 'open' : 'recent')
    .filter(
      (alert) =>
        states.includes(alert.state) &&
        (severity === undefined || alert.severity === severity) &&
        (subsystem === undefined || alert.subsystem === subsystem) &&
        (matchers.length === 0 || hasLabels(alert, matchers)),
    )
    .slice(0, limit);
}

function hasLabels(alert: AlertView, matchers: readonly LabelMatcher[]): boolean {
  const { labels, subsystem, severity, type } = alert;
  return matchesLabels(matchers, { alertname: labels.rule ?? type, ...labels, subsystem, severity, type });
}

function limitOf(request: FastifyRequest, fallback: number): number {
  const text = queryValue(request, 'limit');
  if (text === undefined) return fallback;
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= MOST_LISTED) return limit;
  throw badInput('limit', `expected 1 to ${MOST_LISTED}`);
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
        const wish = 'subsystem' in body ? shortWish(body, clock.now()) : (body as SilenceWish);
        return core.silence({ ...wish, createdBy: actorOf(request) });
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

/** The short form: one subsystem, from now on, for so long. */
function shortWish(
  body: { subsystem: string; for: string; comment?: string | undefined },
  now: number,
): SilenceWish {
  const forMs = parseDuration(body.for);
  if (forMs === undefined || forMs <= 0 || forMs > LONGEST_DURATION_MS)
    throw badInput('for', `'${body.for}' is not a duration such as 1h, of a year at most`);
  return {
    matchers: [{ name: 'subsystem', value: body.subsystem, isEqual: true, isRegex: false }],
    startsAt: now,
    endsAt: now + forMs,
    comment: body.comment ?? '',
  };
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
