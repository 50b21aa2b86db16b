import { z } from 'zod';
import type { DescribedRoute, DescribedRoutes } from './described-route.js';

const texts = z.record(z.string(), z.string());
/** RFC 3339. */
const time = z.iso.datetime({ offset: true });
const receiver = z.object({ name: z.string() });

const alert = z.object({
  annotations: texts,
  endsAt: time,
  fingerprint: z.string().regex(/^[0-9a-f]{16}$/),
  receivers: z.array(receiver),
  startsAt: time,
  status: z.object({
    inhibitedBy: z.array(z.string()),
    mutedBy: z.array(z.string()),
    silencedBy: z.array(z.string()),
    state: z.enum(['unprocessed', 'active', 'suppressed']),
  }),
  updatedAt: time,
  generatorURL: z.string().optional(),
  labels: texts,
});
const group = z.object({ alerts: z.array(alert), labels: texts, receiver });
const matcher = z.object({ isEqual: z.boolean(), isRegex: z.boolean(), name: z.string(), value: z.string() });
const silence = z.object({
  id: z.string(),
  status: z.object({ state: z.enum(['pending', 'active', 'expired']) }),
  updatedAt: time,
  comment: z.string(),
  createdBy: z.string(),
  endsAt: time,
  matchers: z.array(matcher),
  startsAt: time,
});
const status = z.object({
  cluster: z.object({ peers: z.array(z.unknown()), status: z.literal('disabled') }),
  config: z.object({ original: z.string() }),
  uptime: time,
  versionInfo: z.object({
    branch: z.string(),
    buildDate: z.string(),
    buildUser: z.string(),
    goVersion: z.string(),
    revision: z.string(),
    version: z.string(),
  }),
});

const posted = z.array(
  z.object({
    labels: texts,
    annotations: texts.optional(),
    startsAt: time.optional(),
    endsAt: time.optional(),
    generatorURL: z.string().optional(),
  }),
);
const wish = silence.pick({ comment: true, createdBy: true, endsAt: true, startsAt: true }).extend({
  id: z.string().optional(),
  matchers: z.array(matcher.extend({ isEqual: z.boolean().optional() })).min(1),
});

const FILTER = { filter: 'A matcher such as severity="critical"; may come several times' };
const ALERT_QUERY = {
  ...FILTER,
  active: 'Also what is told: true (the default) or false',
  silenced: 'Also what is silenced',
  inhibited: 'Also what is inhibited',
  unprocessed: 'Also what is not looked at yet; not of groups',
  muted: 'Also what is muted; of groups only',
  receiver: 'A regular expression that a receiver’s whole name matches',
};
/** A refusal is a text, or a body with its code where the form was wrong. */
const refusal = z.union([z.string(), z.object({ code: z.int(), message: z.string() })]);
const REFUSED = { 400: { description: 'What is wrong', schema: refusal } };
const MISFORMED = {
  422: { description: 'A part of the body is missing or of a wrong form', schema: refusal },
};
const UNKNOWN = { 404: { description: 'There is no such silence', schema: refusal } };

interface Described extends Omit<DescribedRoute, 'answers' | 'tag'> {
  summary: string;
  answer: z.ZodType | null;
  refusals?: DescribedRoute['answers'];
}

const route = ({ answer, refusals = {}, ...rest }: Described): DescribedRoute => ({
  ...rest,
  tag: 'alertmanager',
  answers: { 200: { description: 'Done', schema: answer }, ...refusals },
});

/** Alertmanager's API as it is answered here. @source Alertmanager, api/v2/openapi.yaml, by its documented behaviour */
export const ALERTMANAGER_ANSWERS: DescribedRoutes = {
  'GET /-/healthy': route({ summary: 'Is it alive?', answer: z.literal('OK'), type: 'text/plain' }),
  'GET /-/ready': route({
    summary: 'Does it take alerts?',
    answer: z.literal('OK'),
    refusals: { 503: { description: 'Not yet', schema: z.literal('Starting') } },
    type: 'text/plain',
  }),
  'POST /-/reload': route({
    summary: 'Put the file in force as it is now',
    answer: z.literal(''),
    refusals: { 500: { description: 'What is wrong with it; the old one stays', schema: z.string() } },
    type: 'text/plain',
  }),
  'POST /api/v2/alerts': route({
    summary: 'Alerts that fire or have ended',
    body: posted,
    answer: null,
    refusals: {
      ...REFUSED,
      ...MISFORMED,
      503: { description: 'As many as may be held are', schema: refusal },
    },
  }),
  'GET /api/v2/alerts': route({
    summary: 'Alerts that have not ended',
    query: ALERT_QUERY,
    answer: z.array(alert),
    refusals: REFUSED,
  }),
  'GET /api/v2/alerts/groups': route({
    summary: 'The same by the groups they are told in',
    query: ALERT_QUERY,
    answer: z.array(group),
    refusals: REFUSED,
  }),
  'GET /api/v2/silences': route({
    summary: 'Silences, active ones first',
    query: FILTER,
    answer: z.array(silence),
    refusals: REFUSED,
  }),
  'POST /api/v2/silences': route({
    summary: 'Set a silence, or change the one with this id',
    body: wish,
    answer: z.object({ silenceID: z.string() }),
    refusals: { ...REFUSED, ...MISFORMED, ...UNKNOWN },
  }),
  'GET /api/v2/silence/:id': route({ summary: 'One silence', answer: silence, refusals: UNKNOWN }),
  'DELETE /api/v2/silence/:id': route({ summary: 'End a silence', answer: null, refusals: UNKNOWN }),
  'GET /api/v2/receivers': route({ summary: 'Names of all receivers', answer: z.array(receiver) }),
  'GET /api/v2/status': route({ summary: 'Configuration and version; there is no cluster', answer: status }),
};
