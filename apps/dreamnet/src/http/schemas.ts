import { LONGEST_TTL_MS } from '@dreamnet/contracts';
import { z } from 'zod';
import { LONGEST_CALL_MS } from '../longest-call.js';
import { spendingSchema } from './budget-schemas.js';

/** A zod schema as fastify's validator takes it. */
export function asRouteSchema(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    target: 'draft-7',
    io: 'input',
    unrepresentable: 'any',
  });
  return rest;
}

const name = z.string().min(1).max(200);
const MOST_METRICS = 1000;
const metricName = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, 'a name has no control characters');
const metrics = z
  .record(metricName, z.number())
  .refine((record) => Object.keys(record).length <= MOST_METRICS, `at most ${MOST_METRICS} metrics a report`);

const heartbeatSchema = z.strictObject({
  subsystem: name,
  status: z.enum(['ok', 'warn', 'error', 'unknown']),
  details: z.string().max(2000).optional(),
  at: z.number().optional(),
  seq: z.int().min(0).optional(),
  inFlight: z.int().min(0).optional(),
  progress: z.number().optional(),
  openToolCall: z
    .strictObject({ name, startedAt: z.number(), deadlineMs: z.number().positive().optional() })
    .optional(),
  calls: z
    .array(z.strictObject({ signature: z.string().max(4000), times: z.int().min(0).optional() }))
    .max(100)
    .optional(),
  metrics: metrics.optional(),
  isIrregular: z.boolean().optional(),
  ttlMs: z.number().positive().max(LONGEST_TTL_MS).optional(),
});

/** For the OpenAPI document: the bodies themselves are checked by hand (`ingest/report-check.ts`). */
export const heartbeatBodySchema = z.union([heartbeatSchema, z.array(heartbeatSchema)]);

export const callSchema = z.strictObject({
  capability: name,
  input: z.unknown().optional(),
  timeoutMs: z.number().positive().max(LONGEST_CALL_MS).optional(),
  isIdempotent: z.boolean().optional(),
  /** What it is expected to spend; held against the budgets before it is called. */
  estimate: spendingSchema.optional(),
});

export const whySchema = z.strictObject({ why: z.string().max(2000).optional(), for: z.string().optional() });

const range = z.strictObject({ begin: z.int(), end: z.int() });
const window = z.strictObject({
  times: z
    .array(z.strictObject({ start: z.int().min(0).max(1440), end: z.int().min(0).max(1440) }))
    .optional(),
  weekdays: z.array(range).optional(),
  daysOfMonth: z.array(range).optional(),
  months: z.array(range).optional(),
  years: z.array(range).optional(),
  location: z.string().max(100).optional(),
});
const matcher = z.strictObject({
  name: z.string().min(1).max(200),
  value: z.string().max(2000),
  isRegex: z.boolean(),
  isEqual: z.boolean(),
});

const silenceParts = {
  matchers: z.array(matcher).min(1).max(100),
  comment: z.string().max(2000),
  windows: z.array(window).max(100).optional(),
};

/**
 * A silence by its matchers and times (epoch ms); from now on by the daemon's clock, for so long; or the short form: one
 * subsystem, from now on, for so long.
 */
export const silenceSchema = z.union([
  z.strictObject({ ...silenceParts, startsAt: z.number(), endsAt: z.number() }),
  z.strictObject({ ...silenceParts, for: z.string().max(40) }),
  z.strictObject({ subsystem: name, for: z.string().max(40), comment: z.string().max(2000).optional() }),
]);

export const secretSchema = z.strictObject({ value: z.string().min(1).max(65_536) });
const passphrase = z.string().min(1).max(4096);
export const unlockSchema = z.strictObject({ passphrase });
export const sealSchema = z.strictObject({ passphrase, current: passphrase.optional() });
export const unsealSchema = z.strictObject({ current: passphrase });
export const bindingSchema = z.strictObject({
  agent: name,
  type: z.enum(['secrets', 'files', 'network']),
  config: z.record(z.string(), z.unknown()),
  environment: z.enum(['production', 'staging', 'development']).optional(),
});
export const rollbackSchema = z.strictObject({ version: z.int().min(1) });
export const shutdownSchema = z.strictObject({ leaveRunning: z.boolean().optional() });
