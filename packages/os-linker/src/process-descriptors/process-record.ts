import type { OSProcessDescriptor, RuntimeHandle } from '@dreamnet/contracts';
import { z } from 'zod';
import { type LaunchPlan, launchPlanSchema } from './launch-plan.js';
import { processDescriptorSchema } from './schema.js';

/** Something begun whose end is not stored yet. A new daemon finds it here and finishes it. */
export interface OpenIntent {
  kind: 'start' | 'stop' | 'restart';
  reason: string;
  at: number;
  /** Who ran when it began: a restart is done when somebody else runs. */
  previousIdentity: string | null;
}

/** All the linker keeps about one OS process. Replaced, never changed in place; without secrets. */
export interface ProcessRecord {
  readonly descriptor: OSProcessDescriptor;
  readonly plan: LaunchPlan | null;
  /** What somebody asked for last. */
  readonly desired: 'running' | 'stopped';
  readonly handle: RuntimeHandle | null;
  /** Changes with every new process behind the descriptor; null while none is known to live. */
  readonly identity: string | null;
  readonly intent: OpenIntent | null;
  /** Folder of the virtual environment it was launched in last; left out when it was none. */
  readonly environment?: string | undefined;
}

/** Schema of a stored record: what an older or damaged store holds is checked before it is believed. */
export const processRecordSchema = z.strictObject({
  descriptor: processDescriptorSchema,
  plan: launchPlanSchema.nullable(),
  desired: z.enum(['running', 'stopped']),
  handle: z
    .strictObject({ runtime: z.string(), processId: z.string(), ref: z.record(z.string(), z.unknown()) })
    .nullable(),
  identity: z.string().nullable(),
  intent: z
    .strictObject({
      kind: z.enum(['start', 'stop', 'restart']),
      reason: z.string(),
      at: z.number(),
      previousIdentity: z.string().nullable(),
    })
    .nullable(),
  environment: z.string().optional(),
}) satisfies z.ZodType<ProcessRecord>;
