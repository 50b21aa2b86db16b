import type {
  EnvironmentBinding,
  FilesBindingConfig,
  NetworkBindingConfig,
  SecretReference,
  SecretsBindingConfig,
} from '@dreamnet/contracts';
import { z } from 'zod';
import { linkerError } from '../errors.js';
import { idSchema, lineSchema, processIdSchema, variableSchema } from '../validation/names.js';
import { describeProblems, parseData } from '../validation/parse.js';

/** A command that needs longer than this holds every start up. */
const LONGEST_COMMAND_MS = 60_000;

const pathSchema = lineSchema(4096);

const reactionSchema = z.enum(['restart', 'signal:HUP', 'signal:USR1', 'signal:USR2', 'none']);

const deliveryFields = {
  as: z.exactOptional(z.enum(['variable', 'file'])),
  onChange: z.exactOptional(reactionSchema),
};

const secretReferenceSchema = z
  .discriminatedUnion('from', [
    z.strictObject({
      ...deliveryFields,
      from: z.literal('vault'),
      key: idSchema.max(120, 'must have at most 120 characters'),
    }),
    z.strictObject({ ...deliveryFields, from: z.literal('env'), name: variableSchema }),
    z.strictObject({ ...deliveryFields, from: z.literal('file'), path: pathSchema }),
    z.strictObject({
      ...deliveryFields,
      from: z.literal('command'),
      command: z.array(lineSchema(4096)).min(1, 'must name a program').max(100),
      timeoutMs: z.exactOptional(z.number().min(1).max(LONGEST_COMMAND_MS)),
    }),
  ])
  .refine(
    ({ as, onChange }) => as === 'file' || !onChange?.startsWith('signal:'),
    'a signal needs as: file, because the variables of a running process cannot be changed',
  ) satisfies z.ZodType<SecretReference>;

const secretsConfigSchema = z.record(
  variableSchema,
  secretReferenceSchema,
) satisfies z.ZodType<SecretsBindingConfig>;

const filesConfigSchema = z.strictObject({
  path: pathSchema,
  mode: z.exactOptional(z.enum(['ro', 'rw'])),
  onChange: z.exactOptional(reactionSchema),
}) satisfies z.ZodType<FilesBindingConfig>;

/** `host` or `host:port`; a leading `*.` stands for every name below. */
const allowedHostSchema = z
  .string()
  .max(262, 'must be a host name')
  .regex(
    /^(?:\*\.)?(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/,
    'must be a host or host:port, such as api.example.org:443',
  );

const networkConfigSchema = z.discriminatedUnion('access', [
  z.strictObject({ access: z.literal('none') }),
  z.strictObject({ access: z.literal('host') }),
  z.strictObject({ access: z.literal('allow-list'), allow: z.array(allowedHostSchema).max(1000) }),
]) satisfies z.ZodType<NetworkBindingConfig>;

const identityFields = { id: processIdSchema, processId: processIdSchema, environmentId: idSchema };

/** The specification's EnvironmentBinding; `config` is checked by `type`, unknown keys are refused. */
export const environmentBindingSchema = z.discriminatedUnion('type', [
  z.strictObject({ ...identityFields, type: z.literal('secrets'), config: secretsConfigSchema }),
  z.strictObject({ ...identityFields, type: z.literal('files'), config: filesConfigSchema }),
  z.strictObject({ ...identityFields, type: z.literal('network'), config: networkConfigSchema }),
]);

/** A binding whose `config` is known by its `type`. Fits wherever an EnvironmentBinding is asked for. */
export type CheckedBinding = z.infer<typeof environmentBindingSchema>;

/**
 * Reads a binding from untrusted data.
 *
 * @throws DN_LINKER_INVALID_BINDING naming every field that is wrong. Values are never quoted: somebody may have
 * put the secret itself where its reference belongs.
 */
export function parseEnvironmentBinding(input: unknown): CheckedBinding {
  const outcome = parseData(environmentBindingSchema, input);
  if (outcome.ok) return outcome.value;
  throw linkerError('DN_LINKER_INVALID_BINDING', { problems: describeProblems(outcome.problems) });
}

/** A checked binding in the specification's shape: a copy. */
export function toEnvironmentBinding(binding: CheckedBinding): EnvironmentBinding {
  return structuredClone(binding);
}
