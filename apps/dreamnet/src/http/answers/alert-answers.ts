import { z } from 'zod';
import type { DescribedRoute, DescribedRoutes } from './described-route.js';

/** Epoch ms. */
const time = z.number();
const texts = z.record(z.string(), z.string());
const severity = z.enum(['info', 'warning', 'critical']);
const type = z.enum(['health', 'performance', 'error', 'integration']);

const alert = z.object({
  id: z.string(),
  fingerprint: z.string(),
  type,
  severity,
  state: z.enum(['detected', 'active', 'resolved', 'closed']),
  subsystem: z.string(),
  message: z.string(),
  labels: texts,
  annotations: texts.optional(),
  evidence: z.record(z.string(), z.unknown()),
  detectedAt: time,
  activeAt: time.optional(),
  resolvedAt: time.optional(),
  closedAt: time.optional(),
  lastSeenAt: time,
  acknowledgedBy: z.string().optional(),
  resolvedBy: z.string().optional(),
  closedBy: z.string().optional(),
  about: z.enum(['domain', 'program']).optional(),
  causedBy: z.string().optional(),
  incidentId: z.string().optional(),
  receivers: z.array(z.string()).optional(),
  silencedBy: z.array(z.string()).optional(),
  inhibitedBy: z.array(z.string()).optional(),
  mutedBy: z.array(z.string()).optional(),
});

const range = z.object({ begin: z.int(), end: z.int() });
const window = z.object({
  times: z.array(z.object({ start: z.int(), end: z.int() })).optional(),
  weekdays: z.array(range).optional(),
  daysOfMonth: z.array(range).optional(),
  months: z.array(range).optional(),
  years: z.array(range).optional(),
  location: z.string().optional(),
});
const silence = z.object({
  id: z.string(),
  matchers: z.array(
    z.object({ name: z.string(), value: z.string(), isRegex: z.boolean(), isEqual: z.boolean() }),
  ),
  startsAt: time,
  endsAt: time,
  updatedAt: time,
  createdBy: z.string(),
  comment: z.string(),
  windows: z.array(window).optional(),
});
const silenceView = silence.extend({ state: z.enum(['pending', 'active', 'expired']) });

const rule = z.object({
  name: z.string(),
  on: z.enum(['status', 'axis', 'score', 'metric', 'anomaly', 'trend', 'absence']),
  condition: z.string(),
  type,
  severity,
  forMs: z.number(),
  keepFiringForMs: z.number(),
  labels: texts,
  annotations: texts,
  firing: z.array(z.string()),
});
const notifier = z.object({
  name: z.string(),
  sent: z.int(),
  failed: z.int(),
  retried: z.int(),
  lastError: z.string().optional(),
  lastErrorAt: time.optional(),
  lastSentAt: time.optional(),
});
const trial = z.object({ notifier: z.string(), ok: z.boolean(), error: z.string().optional() });
const done = (verb: z.ZodType) => z.object({ id: z.string(), done: verb });

const answers = (description: string, schema: z.ZodType): DescribedRoute => ({
  answers: { 200: { description, schema } },
});

/** What our own routes about alerts answer. */
export const ALERT_ANSWERS: DescribedRoutes = {
  'GET /api/alerts': answers(
    'A page of alerts',
    z.object({
      alerts: z.array(alert),
      total: z.int(),
      offset: z.int(),
      /** What `after` takes for the next page. */
      next: z.string().nullable(),
    }),
  ),
  'GET /api/alerts/:id': answers('The alert', alert),
  'POST /api/alerts/:id/:verb': answers(
    'It is decided, on disk',
    done(z.enum(['acknowledge', 'resolve', 'close'])),
  ),
  'GET /api/silences': answers('All silences', z.object({ silences: z.array(silenceView) })),
  'POST /api/silences': answers('The silence, on disk', silence),
  'DELETE /api/silences/:id': answers('It has ended, on disk', done(z.literal('expired'))),
  'GET /api/rules': answers('All rules', z.object({ rules: z.array(rule) })),
  'GET /api/receivers': answers(
    'All receivers',
    z.object({ receivers: z.array(z.object({ name: z.string(), notifiers: z.array(notifier) })) }),
  ),
  'POST /api/receivers/:name/test': answers(
    'What came of telling it',
    z.object({ receiver: z.string(), trials: z.array(trial) }),
  ),
};
