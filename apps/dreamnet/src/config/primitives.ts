import { z } from 'zod';
import { LONGEST_DURATION_MS, parseDuration } from './quantities.js';

/** What is done again and again, and what is waited for, is never asked of the machine more often than this. */
const SHORTEST_INTERVAL_MS = 10;

/**
 * What people write, as what it means.
 *
 * @param meaning undefined when it means nothing here.
 * @param expected What was expected instead, of the very thing that was given if need be.
 */
export function written<Given extends z.ZodType, Meant>(
  given: Given,
  meaning: (given: z.output<Given>) => Meant | undefined,
  expected: string | ((given: z.output<Given>) => string),
) {
  return given.transform((input, context): Meant => {
    const found = meaning(input);
    if (found !== undefined) return found;
    const message = typeof expected === 'string' ? expected : expected(input);
    context.issues.push({ code: 'custom', input, message });
    return z.NEVER;
  });
}

/** A duration within bounds, as ms; undefined otherwise. */
export function durationWithin(text: string, leastMs: number, mostMs: number): number | undefined {
  const ms = parseDuration(text);
  return ms !== undefined && ms >= leastMs && ms <= mostMs ? ms : undefined;
}

/** A span of time as people write it; comes out as ms. */
export const duration = written(
  z.string(),
  (text) => durationWithin(text, 0, LONGEST_DURATION_MS),
  (text) =>
    parseDuration(text) === undefined
      ? 'expected a duration such as 500ms, 2s or 5m'
      : 'expected a year (365d) at most',
).meta({ description: 'A duration: 100ms, 30s, 5m, 1h' });

/** A duration that is waited for or repeated, 10 ms at least. */
export const interval = duration.refine(
  (ms) => ms >= SHORTEST_INTERVAL_MS,
  `expected at least ${SHORTEST_INTERVAL_MS}ms`,
);

const NO_NUL = 'a NUL character cannot be handed to a process';
/** A word of a command. */
export const argument = z.string().refine((text) => !text.includes('\0'), NO_NUL);
/** A whole number from 1. */
export const positive = z.int().min(1);
/** An http or https address with a real port. */
export const httpUrl = z
  .url({ protocol: /^https?$/, error: 'expected an http:// or https:// address' })
  .refine(
    (text) => !URL.canParse(text) || new URL(text).port !== '0',
    'port 0 is no address: say which port it is',
  );
