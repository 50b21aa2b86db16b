import type { Probe } from '@dreamnet/contracts';
import { z } from 'zod';
import { interval, positive } from '../config/primitives.js';
import { a2aKind } from './a2a.js';
import { acpKind } from './acp.js';
import { execKind } from './exec.js';
import { httpKind } from './http.js';
import { mcpKind } from './mcp.js';
import { type Expectation, expectSchema, type ProbeHost, type ProbeKind } from './probe-kind.js';
import { processKind } from './process.js';
import { prometheusKind } from './prometheus.js';
import { tcpKind } from './tcp.js';

/** Every kind of probe. To add one: its file, and its line here and in the shape below. */
const PROBE_KINDS = [
  httpKind,
  tcpKind,
  execKind,
  processKind,
  mcpKind,
  a2aKind,
  acpKind,
  prometheusKind,
] as const satisfies readonly ProbeKind[];

const kinds = {
  http: httpKind.schema.optional(),
  tcp: tcpKind.schema.optional(),
  exec: execKind.schema.optional(),
  process: processKind.schema.optional(),
  mcp: mcpKind.schema.optional(),
  a2a: a2aKind.schema.optional(),
  acp: acpKind.schema.optional(),
  prometheus: prometheusKind.schema.optional(),
} satisfies Record<(typeof PROBE_KINDS)[number]['key'], z.ZodType>;

const shape = { ...kinds, expect: expectSchema.optional() };

/** The probe of an agent; how often it is asked stands under `readiness`. */
export const agentProbeSchema = z.strictObject(shape).superRefine(checkKind);

/** The probe of a subsystem: exactly one kind, and its schedule. */
export const probeSchema = z
  .strictObject({
    ...shape,
    every: interval.default(5000),
    timeout: interval.default(2000),
    rise: positive.default(1),
    fall: positive.default(2),
  })
  .superRefine(checkKind);

/** One kind of probe and what is expected of its answer. */
export type ProbeEntry = z.output<typeof agentProbeSchema>;

/** The probe a checked entry describes. */
export function createProbe(
  entry: ProbeEntry,
  settings: ProbeHost & { timeoutMs: number },
): Probe | undefined {
  for (const kind of PROBE_KINDS) {
    const config = entry[kind.key];
    if (config === undefined) continue;
    // Each kind was given its own schema's output, which the type of a list cannot say.
    return (kind as ProbeKind).create(config, { ...settings, expect: entry.expect ?? {} });
  }
  return undefined;
}

function checkKind(
  entry: { [key: string]: unknown; expect?: Expectation | undefined },
  context: z.RefinementCtx,
) {
  const given = PROBE_KINDS.filter(({ key }) => entry[key] !== undefined);
  const [kind] = given;
  const names = PROBE_KINDS.map(({ key }) => key).join(', ');
  if (kind === undefined || given.length > 1) {
    context.addIssue({ code: 'custom', message: `expected exactly one of ${names}` });
    return;
  }
  for (const key of Object.keys(entry.expect ?? {})) {
    if (kind.expects.some((known: string) => known === key)) continue;
    const message = `a probe of kind ${kind.key} has no ${key} to expect`;
    context.addIssue({ code: 'custom', message, path: ['expect', key] });
  }
}
