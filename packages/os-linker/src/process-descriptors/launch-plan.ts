import {
  type AgentProtocol,
  type IsolationSpec,
  type LaunchSpec,
  type ResourceLimits,
  type RestartPolicy,
  STOP_SIGNALS,
  type StopManner,
} from '@dreamnet/contracts';
import { z } from 'zod';
import type { Access } from '../environment-bindings/access.js';
import { linkerError } from '../errors.js';
import { describeProblems, parseData } from '../validation/parse.js';

/** How the agent is kept apart from the rest of the machine. */
export type Isolation = 'none' | 'process' | 'sandbox';

/** How an OS process is launched: what the specification's descriptor leaves to us. Without secrets, so it is stored as it is. */
export interface LaunchPlan {
  /** A runtime's kind, e.g. `node`. */
  runtime: string;
  protocol: AgentProtocol;
  /** Satisfies the runtime's `configSchema`. */
  config: Record<string, unknown>;
  supervision: LaunchSpec['supervision'];
  isolation: Isolation;
  /** What cannot be enforced here refuses the start. Default false: it is said, and the process runs. */
  isolationRequired?: boolean;
  /** Who it runs as when the daemon is root: a name, a number, or `dynamic`. */
  user?: string;
}

const millisecondsSchema = z
  .number()
  .min(0)
  .max(31 * 24 * 3_600_000);
const positiveSchema = z.number().positive();

const restartPolicySchema = z.strictObject({
  type: z.enum(['permanent', 'transient', 'temporary']),
  intensity: z.number().int().min(0),
  periodMs: millisecondsSchema,
  backoff: z.strictObject({
    initialMs: millisecondsSchema,
    maxMs: millisecondsSchema,
    resetAfterMs: millisecondsSchema,
  }),
  halfOpenAfterMs: millisecondsSchema,
}) satisfies z.ZodType<RestartPolicy>;

const resourcesSchema = z.strictObject({
  memoryBytes: z.exactOptional(positiveSchema),
  cpu: z.exactOptional(positiveSchema),
  pids: z.exactOptional(positiveSchema.int()),
  openFiles: z.exactOptional(positiveSchema.int()),
  ioBytesPerSecond: z.exactOptional(positiveSchema.int()),
}) satisfies z.ZodType<ResourceLimits>;

const stopMannerSchema = z.strictObject({
  signal: z.exactOptional(z.enum(STOP_SIGNALS)),
  stdinMs: z.exactOptional(millisecondsSchema),
}) satisfies z.ZodType<StopManner>;

/** Schema of a launch plan; `config` is left to the runtime. */
export const launchPlanSchema = z.strictObject({
  runtime: z.string().regex(/^[a-z][a-z0-9-]{0,63}$/, 'must be the kind of a runtime, e.g. node'),
  protocol: z.enum(['mcp', 'acp', 'a2a', 'http', 'agentcore', 'heartbeat', 'none']),
  config: z.record(z.string(), z.unknown()),
  supervision: z.strictObject({
    restart: restartPolicySchema,
    resources: z.exactOptional(resourcesSchema),
    stopDeadlineMs: millisecondsSchema,
    stop: z.exactOptional(stopMannerSchema),
  }),
  isolation: z.enum(['none', 'process', 'sandbox']),
  isolationRequired: z.exactOptional(z.boolean()),
  user: z.exactOptional(
    z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$/, 'must be a name, a number or dynamic'),
  ),
}) satisfies z.ZodType<LaunchPlan>;

/**
 * Reads a launch plan from untrusted data.
 *
 * @throws DN_LINKER_INVALID_LAUNCH_PLAN naming every field that is wrong.
 */
export function parseLaunchPlan(processId: string, input: unknown): LaunchPlan {
  const outcome = parseData(launchPlanSchema, input);
  if (outcome.ok) return outcome.value;
  throw linkerError('DN_LINKER_INVALID_LAUNCH_PLAN', {
    processId,
    problems: describeProblems(outcome.problems),
  });
}

/** How a process of that plan is kept apart, with what its bindings give it; undefined when it is not. */
export function toIsolation(plan: LaunchPlan, { paths, network }: Access): IsolationSpec | undefined {
  const { isolation: level, isolationRequired = false, user } = plan;
  if (level === 'none') return undefined;
  return { level, isRequired: isolationRequired, ...(user !== undefined && { user }), paths, network };
}
