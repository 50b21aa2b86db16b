import { parseSmarthost } from '@dreamnet/adapters';
import { z } from 'zod';
import { domain, name, secretReference } from './fields.js';
import { duration, httpUrl, interval } from './primitives.js';

/** One value or a list of them. */
function oneOrMore<T extends z.ZodType>(value: T) {
  return z.union([value.transform((one) => [one]), z.array(value).min(1)]);
}

const text = z.string().min(1);
const secret = z.union([text, secretReference]);
const matchers = z.array(text).meta({
  description: 'Conditions on labels in Alertmanager\'s syntax: severity="critical", subsystem=~"mail.*"',
});
const labels = z.record(
  z
    .string()
    .regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'expected a label name: letters, digits and _, no digit first'),
  z.string(),
);
const alertName = z
  .string()
  .regex(/^[^\p{Cc}/]{1,100}$/u, 'expected 1 to 100 characters, without / and control characters');
const when = z
  .string()
  .regex(
    /^\s*(>=|<=|==|!=|>|<)\s*-?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/,
    "expected a comparison such as '> 100' or '<= 0.5'",
  );

const ruleBase = {
  name: alertName,
  subsystems: oneOrMore(text).optional(),
  domain: domain.optional(),
  match: matchers.default([]),
  for: duration.default(0),
  keepFiringFor: duration.optional(),
  severity: z.enum(['info', 'warning', 'critical']).default('warning'),
  type: z.enum(['health', 'performance', 'error', 'integration']).optional(),
  labels: labels.default({}),
  annotations: labels.default({}),
};

const rule = z.discriminatedUnion('on', [
  z.strictObject({
    ...ruleBase,
    on: z.literal('status'),
    is: oneOrMore(z.enum(['ok', 'warn', 'error', 'unknown'])),
  }),
  z.strictObject({
    ...ruleBase,
    on: z.literal('axis'),
    axis: z.enum(['liveness', 'readiness', 'progress']),
    is: oneOrMore(text),
  }),
  z.strictObject({ ...ruleBase, on: z.literal('score'), when }),
  z.strictObject({ ...ruleBase, on: z.literal('metric'), metric: text, when }),
  z.strictObject({
    ...ruleBase,
    on: z.literal('anomaly'),
    metric: text.default('*'),
    when: when.default('>= 0.5'),
  }),
  z.strictObject({
    ...ruleBase,
    on: z.literal('trend'),
    metric: text.optional(),
    direction: z.enum(['rising', 'falling']),
    crosses: z.number().optional(),
    within: duration.optional(),
  }),
  z.strictObject({ ...ruleBase, on: z.literal('absence'), metric: text.optional(), after: interval }),
]);

const httpAccess = {
  timeout: interval.default(10_000),
  headers: z.record(text, secret).default({}),
  bearer: secret.optional(),
  basicAuth: z.strictObject({ username: text, password: secret }).optional(),
  sendResolved: z.boolean().default(true),
};
const address = z.union([httpUrl, secretReference]);

const webhook = z.strictObject({ ...httpAccess, url: address, maxAlerts: z.int().min(0).default(0) });
const slack = z.strictObject({
  ...httpAccess,
  url: address,
  channel: text.optional(),
  username: text.optional(),
  title: text.optional(),
  text: text.optional(),
});
const email = z.strictObject({
  to: oneOrMore(text),
  from: text,
  smarthost: z
    .string()
    .refine(
      (value) => parseSmarthost(value) !== undefined,
      'expected host:port, with a port from 1 to 65535',
    ),
  username: text.optional(),
  password: secret.optional(),
  requireTls: z.boolean().default(true),
  subject: text.optional(),
  timeout: interval.default(30_000),
  sendResolved: z.boolean().default(true),
});
const pagerduty = z.strictObject({
  ...httpAccess,
  routingKey: secret,
  url: httpUrl.optional(),
  severity: z.enum(['critical', 'error', 'warning', 'info']).optional(),
});
const { sendResolved: _always, ...plainAccess } = httpAccess;
const alertmanager = z.strictObject({ ...plainAccess, url: httpUrl });
const bus = z.strictObject({ subject: text.optional(), sendResolved: z.boolean().default(true) });

const receiver = z
  .strictObject({
    name,
    webhook: oneOrMore(webhook).optional(),
    slack: oneOrMore(slack).optional(),
    email: oneOrMore(email).optional(),
    pagerduty: oneOrMore(pagerduty).optional(),
    alertmanager: oneOrMore(alertmanager).optional(),
    bus: oneOrMore(bus).optional(),
  })
  .refine(
    ({ name: _name, ...ways }) => Object.values(ways).some((way) => way !== undefined),
    'expected at least one of webhook, slack, email, pagerduty, alertmanager, bus',
  );

const grouping = {
  receiver: name.optional(),
  groupBy: z.array(text).optional(),
  groupWait: duration.optional(),
  groupInterval: interval.optional(),
  repeatInterval: interval.optional(),
};

/** One route as it is written: what it leaves out is its parent's. */
export interface RouteEntry {
  receiver?: string | undefined;
  groupBy?: string[] | undefined;
  groupWait?: number | undefined;
  groupInterval?: number | undefined;
  repeatInterval?: number | undefined;
  match: string[];
  continue: boolean;
  mute: string[];
  active: string[];
  routes?: RouteEntry[] | undefined;
}

const route: z.ZodType<RouteEntry> = z.lazy(() =>
  z.strictObject({
    ...grouping,
    match: matchers.default([]),
    continue: z.boolean().default(false),
    mute: z.array(text).default([]),
    active: z.array(text).default([]),
    routes: z.array(route).optional(),
  }),
);

const timeInterval = z.strictObject({
  times: z.array(text).optional(),
  weekdays: z.array(text).optional(),
  daysOfMonth: z.array(z.union([text, z.int()])).optional(),
  months: z.array(z.union([text, z.int()])).optional(),
  years: z.array(z.union([text, z.int()])).optional(),
  location: text.optional(),
});

/** The `alerts` section: own rules, who is told, when and when not. */
export const alerts = z.strictObject({
  rules: z.array(rule).default([]),
  receivers: z.array(receiver).default([]),
  /** What holds for every route that does not say otherwise. */
  defaults: z.strictObject(grouping).prefault({}),
  routes: z.array(route).default([]),
  inhibit: z
    .array(
      z.strictObject({
        name: text.optional(),
        source: matchers.min(1),
        target: matchers.min(1),
        equal: z.array(text).default([]),
      }),
    )
    .default([]),
  timeIntervals: z.record(text, oneOrMore(timeInterval)).default({}),
  escalation: z
    .array(
      z.strictObject({
        match: matchers.default([]),
        steps: z.array(z.strictObject({ after: interval, receiver: name })).min(1),
      }),
    )
    .default([]),
  /** An alert from elsewhere that states no end is over so long after it was last posted. */
  resolveTimeout: interval.default(300_000),
  /** Alerts from elsewhere that are held at once; further ones are refused. One of many thousand characters counts as several. */
  limit: z.int().min(1).max(10_000_000).default(200_000),
});

/** The checked `alerts` section. */
export type AlertsSection = z.output<typeof alerts>;
/** One rule as it is written. */
export type RuleEntry = AlertsSection['rules'][number];
/** One receiver as it is written. */
export type ReceiverEntry = AlertsSection['receivers'][number];
/** One time interval as it is written. */
export type TimeIntervalEntry = AlertsSection['timeIntervals'][string][number];
/** A secret as it is written: itself, or where it is kept. */
export type SecretEntry = z.output<typeof secret>;
