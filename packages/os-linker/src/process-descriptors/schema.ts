import type { OSProcessDescriptor } from '@dreamnet/contracts';
import { z } from 'zod';
import { linkerError } from '../errors.js';
import { runtimeContextSchema } from '../runtime-contexts/schema.js';
import { capabilitySchema, lineSchema, processIdSchema } from '../validation/names.js';
import { describeProblems, parseData } from '../validation/parse.js';

/** The specification's four statuses. */
export const processStatusSchema = z.enum(['running', 'stopped', 'error', 'pending']);

/** The specification's OS process descriptor. Unknown keys are refused. */
export const processDescriptorSchema = z.strictObject({
  id: processIdSchema,
  name: lineSchema(200),
  type: lineSchema(64),
  status: processStatusSchema,
  metadata: z.record(z.string(), z.unknown()),
  capabilities: z
    .array(capabilitySchema)
    .max(1000, 'must name at most 1000 capabilities')
    .refine((names) => new Set(names).size === names.length, 'must not name a capability twice'),
  runtimeContext: runtimeContextSchema,
}) satisfies z.ZodType<OSProcessDescriptor>;

/**
 * Reads a descriptor from untrusted data.
 *
 * @throws DN_LINKER_INVALID_DESCRIPTOR naming every field that is wrong, never its value.
 */
export function parseProcessDescriptor(input: unknown): OSProcessDescriptor {
  const outcome = parseData(processDescriptorSchema, input);
  if (outcome.ok) return outcome.value;
  throw linkerError('DN_LINKER_INVALID_DESCRIPTOR', { problems: describeProblems(outcome.problems) });
}
