import type { z } from 'zod';
import { type DataProblem, findJsonProblem } from './json-data.js';

/** More problems than this are counted, not listed. */
const MOST_LISTED = 5;

/** A parsed value, or every problem with its path. Received values are never quoted: they may be secret. */
export type ParseOutcome<T> = { ok: true; value: T } | { ok: false; problems: readonly DataProblem[] };

/**
 * Validates untrusted data with a schema, after making sure it is plain JSON data.
 *
 * @returns A copy that shares nothing with the input, or the problems.
 */
export function parseData<T>(schema: z.ZodType<T>, input: unknown): ParseOutcome<T> {
  const unsafe = findJsonProblem(input);
  if (unsafe) return { ok: false, problems: [unsafe] };
  const parsed = schema.safeParse(structuredClone(input));
  if (parsed.success) return { ok: true, value: parsed.data };
  return {
    ok: false,
    problems: parsed.error.issues.map(({ path, message }) => ({ path: path.map(String).join('.'), message })),
  };
}

/** The problems in one line, printable whatever was in the keys. */
export function describeProblems(problems: readonly DataProblem[]): string {
  const listed = problems
    .slice(0, MOST_LISTED)
    .map(({ path, message }) => printable(path === '' ? message : `${path}: ${message}`));
  const rest = problems.length - listed.length;
  return rest > 0 ? `${listed.join('; ')}; and ${rest} more` : listed.join('; ');
}

function printable(text: string): string {
  const visible = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?');
  return visible.length > 200 ? `${visible.slice(0, 200)}…` : visible;
}
