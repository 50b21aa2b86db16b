import { DOMAIN_FACTORS, type Factor, LARGEST_WEIGHT, LEAST_WEIGHT, STOP_SIGNALS } from '@dreamnet/contracts';
import { z } from 'zod';
import { agentProbeSchema, probeSchema } from '../probes/probe-schema.js';
import { alerts } from './alerts-schema.js';
import { binding, variables } from './binding-schema.js';
import { agentBudget, sharedBudget } from './budget-schema.js';
import { capability, count, domain, name } from './fields.js';
import { groups } from './groups-schema.js';
import { argument, duration, durationWithin, interval, positive, written } from './primitives.js';
import { parseSize } from './quantities.js';
import { endpoint, maxInFlight, queue, replicas, rolling, scale } from './replicas-schema.js';
import { spare } from './spare-schema.js';

const HOUR_MS = 3_600_000;
/** Ten years of history: whatever is longer is a slip. */
const LONGEST_KEEP_MS = 3650 * 24 * HOUR_MS;
/** About 660 MiB: more is a slip. */
const MOST_SCORED = 100_000;

const KIB = 1024;
const size = written(z.string(), parseSize, 'expected a size such as 256MiB');
/** Less than any program needs to start: a slip of the unit, such as 256B. */
const memorySize = size.refine((bytes) => bytes >= KIB ** 2, 'expected at least 1MiB');
/** The kernel reads files by pages of this size: less than one a second is a slip of the unit, too. */
const ioSize = size.refine((bytes) => bytes >= 4 * KIB, 'expected at least 4KiB');

/** `start.readyWithin` of who names none, ms: most programs that load a model or many modules are there by then. */
export const START_READY_WITHIN_MS = 30_000;
/** `stop.deadline` of who names none, ms. */
const DEFAULT_STOP_DEADLINE_MS = 5000;

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

const progress = z
  .strictObject({ stallAfter: interval.default(60_000), loopAfter: count.default(10) })
  .prefault({});

const health = z.strictObject({
  liveness: z.strictObject({ every: interval.default(1000) }).prefault({}),
  readiness: z
    .strictObject({
      every: interval.default(2000),
      timeout: interval.default(1000),
      rise: positive.default(1),
      fall: positive.default(2),
    })
    .prefault({}),
  /** Asked instead of what the protocol would be asked; its schedule is that of `readiness`. */
  probe: agentProbeSchema.optional(),
  progress,
  heartbeat: z.strictObject({ ttl: interval.default(15_000) }).prefault({}),
});

/** Smaller ones could not be counted, larger ones would leave the others uncounted. */
const weight = z.number().min(LEAST_WEIGHT).max(LARGEST_WEIGHT);

const indicators = z
  .array(
    z
      .strictObject({
        metric: z.string().min(1).max(500),
        factor: z.enum(Object.values(DOMAIN_FACTORS).flat() as [Factor, ...Factor[]]),
        good: z.number(),
        bad: z.number(),
        weight: weight.default(1),
      })
      .refine(({ good, bad }) => good !== bad, 'expected good and bad to differ: they state the direction'),
  )
  .default([]);

const isolationLevel = z.enum(['none', 'process', 'sandbox']);

/** Written as a level alone, or with what goes with it. */
interface IsolationEntry {
  level: z.output<typeof isolationLevel>;
  required: boolean;
  user?: string | undefined;
}

const isolation = z
  .union([
    isolationLevel.transform((level): IsolationEntry => ({ level, required: false })),
    z.strictObject({
      level: isolationLevel,
      required: z
        .boolean()
        .default(false)
        .meta({ description: 'Refuse to start when anything of it cannot be enforced' }),
      user: z
        .string()
        .regex(/^[a-z0-9_][a-z0-9_-]*$/i, 'expected a user: a name, a number or dynamic')
        .meta({ description: 'Who it runs as when the daemon is root: a name, a number, or dynamic' })
        .optional(),
    }),
  ])
  .prefault('none');

const agent = z.strictObject({
  runtime: z.string(),
  command: z.tuple([argument.min(1)], argument),
  cwd: z.string().optional(),
  env: variables.default({}),
  version: z.string().optional(),
  interpreter: z.string().min(1).optional(),
  protocol: z.enum(['mcp', 'acp', 'a2a', 'http', 'agentcore', 'heartbeat', 'none']).default('none'),
  endpoint: endpoint.optional(),
  healthPath: z.string().startsWith('/').default('/healthz'),
  invokePath: z.string().startsWith('/').default('/invocations'),
  capabilities: z
    .array(z.union([capability, z.strictObject({ name: capability, tool: z.string().min(1).optional() })]))
    .default([]),
  needs: z.array(capability).default([]),
  dependsOn: z.array(name).default([]),
  domain: domain.default('infra'),
  weight: weight.default(1),
  indicators,
  cost: z.number().min(0).default(0),
  preference: z.int().default(100),
  restart: restart.prefault({}),
  health: health.prefault({}),
  start: z
    .strictObject({
      waitFor: duration.default(30_000).meta({
        description:
          'Longest wait for what it comes after to be ready; then it is started anyway, and that is said',
      }),
      readyWithin: duration.default(START_READY_WITHIN_MS).meta({
        description: 'How long a new process may leave questions unanswered before that is a fault',
      }),
    })
    .prefault({}),
  stop: z
    .strictObject({
      deadline: duration
        .optional()
        .meta({ description: 'From asking it to end until its tree is killed; 5s when left out' }),
      signal: z
        .enum(STOP_SIGNALS)
        .optional()
        .meta({ description: 'What it is asked to end with; SIGTERM when left out' }),
      stdin: duration.optional().meta({
        description:
          'On stdio: how long it may take after the end of its input until the signal; 1s when left out',
      }),
    })
    .prefault({}),
  replicas: replicas.optional(),
  scale: scale.optional(),
  maxInFlight: maxInFlight.optional(),
  queue,
  rolling,
  spare,
  resources: z
    .strictObject({
      memory: memorySize.optional(),
      cpu: z.number().positive().optional(),
      pids: positive.optional(),
      openFiles: positive.optional(),
      budget: agentBudget.optional(),
      io: ioSize
        .meta({ description: 'Bytes a second, of reading and of writing each, on the disk of its folder' })
        .optional(),
    })
    .prefault({}),
  isolation,
  bindings: z.array(binding).default([]),
});

const subsystem = z.strictObject({
  domain: domain.default('infra'),
  weight: weight.default(1),
  probe: probeSchema.optional(),
  heartbeat: z.strictObject({ ttl: interval }).optional(),
  progress,
  indicators,
  dependsOn: z.array(name).default([]),
});

const policy = z.enum(['off', 'propose', 'low-risk', 'full']);

const longDuration = written(
  z.string(),
  (text) => durationWithin(text, 0, LONGEST_KEEP_MS),
  'expected a duration such as 48h, 30d or 400d',
).meta({ description: 'A duration: 48h, 30d, 400d' });

const history = z.strictObject({
  every: interval.default(10_000),
  flush: interval.default(60_000),
  keep: z
    .strictObject({
      raw: longDuration.default(48 * HOUR_MS),
      minutes: longDuration.default(30 * 24 * HOUR_MS),
      hours: longDuration.default(400 * 24 * HOUR_MS),
    })
    .refine(({ raw }) => raw >= HOUR_MS, 'expected raw to be an hour (1h) at least')
    .refine(
      ({ raw, minutes, hours }) => raw <= minutes && minutes <= hours,
      'expected the coarser to be kept at least as long as the finer: raw, minutes, hours',
    )
    .prefault({}),
  limits: z
    .strictObject({ perSubsystem: positive.default(500), total: positive.default(20_000) })
    .prefault({}),
});

const anomalies = z.strictObject({
  limit: positive
    .max(MOST_SCORED)
    .default(2_000)
    .meta({ description: 'Most metrics scored for anomalies at a time, about 7 KiB of memory each' }),
  every: interval
    .default(1_000)
    .meta({ description: 'Values of a metric that come closer together than this are left out' }),
});

const ingest = z.strictObject({
  rate: positive.default(1000).meta({ description: 'Most reports a second of one subsystem' }),
  socket: z.boolean().default(true).meta({ description: 'Take reports on ingest.sock, too' }),
  otlp: z
    .strictObject({
      autoWatch: z.boolean().default(true).meta({ description: 'Watch services that nobody declared' }),
      limit: positive.max(100_000).default(1000).meta({ description: 'Most services watched like that' }),
    })
    .prefault({}),
});

/** A block of the disk is 4 KiB, and logs are cut by whole blocks. */
const SMALLEST_LOG_BYTES = 64 * KIB;
const GIB = KIB ** 3;
const logSize = (bytes: number) =>
  size.refine((given) => given >= SMALLEST_LOG_BYTES, 'expected at least 64KiB').default(bytes);

const logs = z.strictObject({
  size: logSize(10 * KIB ** 2).meta({ description: 'A log longer than this is cut' }),
  keep: z.int().min(0).max(99).default(3).meta({ description: 'Old parts kept of each log' }),
  every: interval
    .default(24 * HOUR_MS)
    .meta({ description: 'A log whose first line is older than this is cut' }),
  maxAge: longDuration
    .default(14 * 24 * HOUR_MS)
    .meta({ description: 'Old parts are removed this long after they were cut' }),
  total: logSize(GIB).meta({ description: 'Most bytes of all logs together; the oldest parts go first' }),
});

const vault = z.strictObject({
  passphrase: z
    .discriminatedUnion('from', [
      z.strictObject({ from: z.literal('file'), path: z.string().min(1) }),
      z.strictObject({
        from: z.literal('credential'),
        name: z.string().regex(/^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,250}$/, 'expected the name of a credential'),
      }),
    ])
    .optional()
    .meta({ description: "What the vault's key is under; without it: dreamnet secrets unlock" }),
});

/** `dreamnet.yaml` as a person writes it. Durations and sizes come out as ms and bytes. */
export const fleetSchema = z.strictObject({
  version: z.literal(1, 'expected version: 1'),
  context: z
    .strictObject({
      environment: z.enum(['production', 'staging', 'development']).default('development'),
      env: variables.default({}),
    })
    .prefault({}),
  http: z
    .strictObject({
      host: z.string().min(1, 'expected an address, such as 127.0.0.1').default('127.0.0.1'),
      port: z.int().min(0).max(65_535).default(7766),
    })
    .prefault({}),
  agents: z.record(name, agent).default({}),
  subsystems: z.record(name, subsystem).default({}),
  groups,
  budgets: z
    .record(name, sharedBudget)
    .default({})
    .meta({ description: 'What may be spent together, or on a capability' }),
  recovery: z
    .strictObject({
      default: policy.default('low-risk'),
      overrides: z.record(name, policy).default({}),
      stableFor: duration.default(500),
      deadline: duration.default(15_000),
      cooldown: duration.default(2000),
    })
    .prefault({}),
  history: history.prefault({}),
  anomalies: anomalies.prefault({}),
  ingest: ingest.prefault({}),
  logs: logs.prefault({}),
  alerts: alerts.prefault({}),
  vault: vault.prefault({}),
  store: z.strictObject({ url: z.string() }).optional(),
  bus: z.strictObject({ url: z.string() }).optional(),
});

/** A checked fleet file. */
export type FleetFile = z.output<typeof fleetSchema>;
/** One agent of a checked fleet file. */
export type AgentEntry = FleetFile['agents'][string];

/** How long an agent is given to end, ms. */
export function stopDeadlineMs({ stop }: Pick<AgentEntry, 'stop'>): number {
  return stop.deadline ?? DEFAULT_STOP_DEADLINE_MS;
}
/** One subsystem of a checked fleet file. */
export type SubsystemEntry = FleetFile['subsystems'][string];

/** The schema editors use for completion (JSON Schema draft 2020-12). */
export function fleetJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(fleetSchema, { io: 'input', unrepresentable: 'any' }) as Record<string, unknown>;
}
