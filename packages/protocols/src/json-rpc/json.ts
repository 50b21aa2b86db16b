import { DEEPEST_JSON, nestsTooDeep } from '@dreamnet/kit';

/** A JSON object as it came from the wire: nothing about its members is known yet. */
export type JsonRecord = Readonly<Record<string, unknown>>;

/** Is it a JSON object (not null, not an array)? */
export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The parsed text, or undefined when it is not JSON; JSON itself cannot hold undefined. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Why a parsed answer cannot be handed on, for a message; undefined when it can: to write it again would end the stack. */
export function depthProblem(value: unknown): string | undefined {
  return nestsTooDeep(value) ? `it nests deeper than ${DEEPEST_JSON} levels` : undefined;
}
