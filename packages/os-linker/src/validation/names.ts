import { z } from 'zod';

/**
 * Ids become file names, store keys and event subjects, so the alphabet is the one all of them allow.
 */
export const idSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/,
    'must be 1 to 128 letters, digits, dots, dashes or underscores, beginning with a letter or digit',
  );

/** The id of an OS process, or of something of it: `#` stands before the number of a replica. */
export const processIdSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._#-]{0,127}$/,
    'must be 1 to 128 letters, digits, dots, dashes, underscores or #, beginning with a letter or digit',
  );

/** Control characters, line separators and direction overrides: what could forge a log line or a table cell. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;

/** One line of printable text. */
export function lineSchema(limit: number) {
  return z
    .string()
    .min(1, 'must not be empty')
    .max(limit, `must have at most ${limit} characters`)
    .refine((text) => !UNPRINTABLE.test(text), 'must be one line without control characters');
}

/** A dotted capability name such as `code.generation`. */
export const CAPABILITY_PATTERN = /^[A-Za-z0-9][A-Za-z0-9_-]*(?:\.[A-Za-z0-9][A-Za-z0-9_-]*)*$/;

export const capabilitySchema = z
  .string()
  .max(200, 'must have at most 200 characters')
  .regex(CAPABILITY_PATTERN, 'must be a dotted name of letters, digits, dashes and underscores');

/** The name of an environment variable, as POSIX has it. */
export const variableSchema = z
  .string()
  .max(200, 'must have at most 200 characters')
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be a variable name: letters, digits and underscores');

/** Linux takes at most 128 KiB for one `NAME=value`, and none takes a NUL. */
export const LONGEST_VARIABLE_BYTES = 128 * 1024;

export const variableValueSchema = z
  .string()
  .refine((text) => !text.includes('\0'), 'must not contain a NUL character')
  .refine(
    (text) => Buffer.byteLength(text) < LONGEST_VARIABLE_BYTES - 256,
    'must be shorter than 128 KiB, the longest a process can be given',
  );
