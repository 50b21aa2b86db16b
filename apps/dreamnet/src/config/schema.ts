import { z } from 'zod';
import { parseDuration, parseSize } from './quantities.js';

const duration = z
  .string()
  .transform((text, context) => {
    const ms = parseDuration(text);
    if (ms !== undefined) return ms;
    context.issues.push({
      code: 'custom',
      input: text,
      message: 'expected a duration such as 500ms, 2s or 5m',
    });
    return z.NEVER;
  })
  .meta({ description: 'A duration: 100ms, 30s, 5m, 1h' });

const size = z.string().transform((text, context) => {
  const bytes = parseSize(text);
  if (bytes !== undefined) return bytes;
  context.issues.push({ code: 'custom', input: text, message: 'expected a size such as 256MiB' });
  return z.NEVER;
});

/** What an agent, subsystem or capability may be called: it appears in paths, file names and event subjects. */
export const NAME_PATTERN = /^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$/i;
const CAPABILITY_PATTERN = /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i;
const name = z
  .string()
  .regex(
    NAME_PATTERN,
    'expected 1 to 63 letters, digits, - or _, beginning and ending with a letter or digit',
  );
const capability = z.string().regex(CAPABILITY_PATTERN, 'expected a dotted name such as code.generation');

const domain = z.enum(['infra', 'economy', 'social', 'dreamPipeline']);
const count = z.int().min(0);
const positive = z.int().min(1);
const httpUrl = z.url({ protocol: /^https?$/, error: 'expected an http:// or https:// address' });

const restart = z.strictObject({
  policy: z.enum(['permanent', 'transient', 'temporary']).default('permanent'),
  intensity: count.default(5),
  period: duration.default(30_000),
  backoff: z
    .strictObject({
      initial: duration.default(100),
      max: duration.default(30_000),
      resetAfter: duration.default(1000),
    })
    .prefault({}),
  retryAfter: duration.optional(),
});

const health = z.strictObject({
  liveness: z.strictObject({ every: duration.default(1000) }).prefault({}),
  readiness: z
    .strictObject({
      every: duration.default(2000),
      timeout: duration.default(1000),
      rise: positive.default(1),
      fall: positive.default(2),
    })
    .prefault({}),
  progress: z.strictObject({ stallAfter: duration.default(60_000) }).prefault({}),
  heartbeat: z.strictObject({ ttl: duration.default(15_000) }).prefault({}),
});

const secretReference = z.discriminatedUnion('from', [
  z.strictObject({ from: z.literal('vault'), key: z.string().min(1) }),
  z.strictObject({ from: z.literal('env'), name: z.string().min(1) }),
  z.strictObject({ from: z.literal('file'), path: z.string().min(1) }),
]);

const binding = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('secrets'), config: z.record(z.string(), secretReference) }),
  z.strictObject({
    type: z.literal('files'),
    config: z.strictObject({ path: z.string().min(1), mode: z.enum(['ro', 'rw']).default('ro') }),
  }),
  z.strictObject({
    type: z.literal('network'),
    config: z.discriminatedUnion('access', [
      z.strictObject({ access: z.literal('none') }),
      z.strictObject({ access: z.literal('host') }),
      z.strictObject({ access: z.literal('allow-list'), allow: z.array(z.string().min(1)) }),
    ]),
  }),
]);

const agent = z.strictObject({
  runtime: z.string(),
  command: z.tuple([z.string().min(1)], z.string()),
  cwd: z.string().optional(),
  env: z.record(z.string(), z.string()).default({}),
  version: z.string().optional(),
  protocol: z.enum(['mcp', 'acp', 'a2a', 'http', 'heartbeat', 'none']).default('none'),
  endpoint: httpUrl.optional(),
  healthPath: z.string().startsWith('/').default('/healthz'),
  invokePath: z.string().startsWith('/').default('/invocations'),
  capabilities: z
    .array(z.union([capability, z.strictObject({ name: capability, tool: z.string().min(1).optional() })]))
    .default([]),
  needs: z.array(capability).default([]),
  dependsOn: z.array(name).default([]),
  domain: domain.default('infra'),
  weight: z.number().positive().default(1),
  cost: z.number().min(0).default(0),
  preference: z.int().default(100),
  restart: restart.prefault({}),
  health: health.prefault({}),
  stop: z.strictObject({ deadline: duration.default(5000) }).prefault({}),
  resources: z
    .strictObject({
      memory: size.optional(),
      cpu: z.number().positive().optional(),
      pids: positive.optional(),
      openFiles: positive.optional(),
    })
    .prefault({}),
  isolation: z.enum(['none', 'process', 'sandbox']).default('none'),
  bindings: z.array(binding).default([]),
});

const subsystem = z.strictObject({
  domain: domain.default('infra'),
  weight: z.number().positive().default(1),
  probe: z
    .strictObject({
      http: httpUrl.optional(),
      tcp: z
        .string()
        .regex(/^[^:\s]+:\d{1,5}$/, 'expected host:port')
        .optional(),
      every: duration.default(5000),
      timeout: duration.default(2000),
      rise: positive.default(1),
      fall: positive.default(2),
    })
    .optional(),
  heartbeat: z.strictObject({ ttl: duration }).optional(),
  dependsOn: z.array(name).default([]),
});

const policy = z.enum(['off', 'propose', 'low-risk', 'full']);

const webhookReceiver = z.strictObject({
  name,
  webhook: z.strictObject({ url: httpUrl, timeout: duration.default(10_000) }),
});

/** `dreamnet.yaml` as a person writes it. Durations and sizes come out as ms and bytes. */
export const fleetSchema = z.strictObject({
  version: z.literal(1, 'expected version: 1'),
  context: z
    .strictObject({
      environment: z.enum(['production', 'staging', 'development']).default('development'),
      env: z.record(z.string(), z.string()).default({}),
    })
    .prefault({}),
  http: z
    .strictObject({ host: z.string().default('127.0.0.1'), port: z.int().min(0).max(65_535).default(7766) })
    .prefault({}),
  agents: z.record(name, agent).default({}),
  subsystems: z.record(name, subsystem).default({}),
  recovery: z
    .strictObject({
      default: policy.default('low-risk'),
      overrides: z.record(name, policy).default({}),
      stableFor: duration.default(500),
      deadline: duration.default(15_000),
      cooldown: duration.default(2000),
    })
    .prefault({}),
  alerts: z
    .strictObject({
      rules: z.array(z.unknown()).default([]),
      receivers: z.array(webhookReceiver).default([]),
      routes: z.array(z.unknown()).default([]),
    })
    .prefault({}),
  store: z.strictObject({ url: z.string() }).optional(),
  bus: z.strictObject({ url: z.string() }).optional(),
});

/** A checked fleet file. */
export type FleetFile = z.output<typeof fleetSchema>;
/** One agent of a checked fleet file. */
export type AgentEntry = FleetFile['agents'][string];
/** One subsystem of a checked fleet file. */
export type SubsystemEntry = FleetFile['subsystems'][string];

/** The schema editors use for completion (JSON Schema draft 2020-12). */
export function fleetJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(fleetSchema, { io: 'input', unrepresentable: 'any' }) as Record<string, unknown>;
}
