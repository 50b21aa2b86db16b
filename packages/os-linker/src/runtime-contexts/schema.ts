import type { RuntimeContext } from '@dreamnet/contracts';
import { parseVersionPattern } from '@dreamnet/kit';
import { z } from 'zod';
import { variableSchema, variableValueSchema } from '../validation/names.js';

/** The three environments of the specification. */
export const environmentNameSchema = z.enum(['production', 'staging', 'development']);

/** The specification's RuntimeContext. Unknown keys are refused. */
export const runtimeContextSchema = z.strictObject({
  environment: environmentNameSchema,
  version: z
    .string()
    .refine(
      (text) => parseVersionPattern(text) !== undefined,
      'must be a runtime and a version, such as nodejs-20.x or python-3.11',
    ),
  env: z.record(variableSchema, variableValueSchema),
  metadata: z.exactOptional(z.record(z.string(), z.unknown())),
}) satisfies z.ZodType<RuntimeContext>;
