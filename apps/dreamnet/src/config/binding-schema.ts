import { z } from 'zod';
import { argument, duration } from './primitives.js';

/** A command that needs longer than this holds every start up. */
const LONGEST_COMMAND_MS = 60_000;

const variable = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected a variable name: letters, digits and _, no digit first');

/** Variable name → value, as `env` has it. */
export const variables = z.record(variable, argument);

const onChange = z.enum(['restart', 'signal:HUP', 'signal:USR1', 'signal:USR2', 'none']).optional();
const delivery = { as: z.enum(['variable', 'file']).optional(), onChange };

const boundSecret = z
  .discriminatedUnion('from', [
    z.strictObject({ ...delivery, from: z.literal('vault'), key: z.string().min(1) }),
    z.strictObject({ ...delivery, from: z.literal('env'), name: z.string().min(1) }),
    z.strictObject({ ...delivery, from: z.literal('file'), path: z.string().min(1) }),
    z.strictObject({
      ...delivery,
      from: z.literal('command'),
      command: z.tuple([argument.min(1)], argument),
      timeout: duration.refine((ms) => ms >= 1 && ms <= LONGEST_COMMAND_MS, 'expected 1ms to 60s').optional(),
    }),
  ])
  .refine(
    ({ as, onChange: reaction }) => as === 'file' || !reaction?.startsWith('signal:'),
    'expected as: file with a signal: the variables of a running process cannot be changed',
  );

/** Counts only while `context.environment` is this one; without it always. */
const scope = { environment: z.enum(['production', 'staging', 'development']).optional() };

/** One binding of an agent. */
export const binding = z.discriminatedUnion('type', [
  z.strictObject({ ...scope, type: z.literal('secrets'), config: z.record(variable, boundSecret) }),
  z.strictObject({
    ...scope,
    type: z.literal('files'),
    config: z.strictObject({
      path: z.string().min(1),
      mode: z.enum(['ro', 'rw']).default('ro'),
      onChange,
    }),
  }),
  z.strictObject({
    ...scope,
    type: z.literal('network'),
    config: z.discriminatedUnion('access', [
      z.strictObject({ access: z.literal('none') }),
      z.strictObject({ access: z.literal('host') }),
      z.strictObject({ access: z.literal('allow-list'), allow: z.array(z.string().min(1)) }),
    ]),
  }),
]);
