import { z } from 'zod';

/** What an agent, subsystem or capability may be called: it appears in paths, file names and event subjects. */
export const NAME_PATTERN = /^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$/i;
/** A name of an agent, a subsystem, a receiver. */
export const name = z
  .string()
  .regex(
    NAME_PATTERN,
    'expected 1 to 63 letters, digits, - or _, beginning and ending with a letter or digit',
  );
/** No more words and characters than routes and the Linker take: else it would be accepted here and never served. */
const CAPABILITY_PATTERN = /^(?=.{1,200}$)[a-z0-9][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*){0,15}$/i;
/** A dotted name of something that agents can do. */
export const capability = z
  .string()
  .regex(
    CAPABILITY_PATTERN,
    'expected a dotted name such as code.generation, of at most 16 words and 200 characters, each word beginning with a letter or digit',
  );
/** A domain of health. */
export const domain = z.enum(['infra', 'economy', 'social', 'dreamPipeline']);
/** 0 or more. */
export const count = z.int().min(0);

/** Where a secret is kept; never the secret itself. */
export const secretReference = z.discriminatedUnion('from', [
  z.strictObject({ from: z.literal('vault'), key: z.string().min(1) }),
  z.strictObject({ from: z.literal('env'), name: z.string().min(1) }),
  z.strictObject({ from: z.literal('file'), path: z.string().min(1) }),
]);
