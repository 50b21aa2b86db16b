import { isDeepStrictEqual } from 'node:util';

/** One field that differs. */
export interface FieldDifference {
  path: string;
  before: unknown;
  after: unknown;
}

/** Variables are no place for secrets; whoever puts one there all the same mostly names it so. */
const SECRET_NAME = /token|secret|passw|credential|private|api_?key|auth/i;
const MASK = '<secret>';

/**
 * The fields in which two pieces of JSON data differ, by dotted path, sorted; lists count as one field.
 *
 * @returns Values of variables that are named like secrets are masked.
 */
export function diffData(before: unknown, after: unknown): readonly FieldDifference[] {
  const [old, now] = [flatten(before), flatten(after)];
  const paths = [...new Set([...old.keys(), ...now.keys()])].sort();
  return paths.flatMap((path) => {
    const [one, other] = [old.get(path) ?? null, now.get(path) ?? null];
    if (isSame(one, other)) return [];
    return [{ path, before: masked(path, one), after: masked(path, other) }];
  });
}

/** Deep comparison only where there is something within: most values are plain, or new. */
function isSame(one: unknown, other: unknown): boolean {
  return one === other || (Array.isArray(one) && Array.isArray(other) && isDeepStrictEqual(one, other));
}

function flatten(data: unknown): Map<string, unknown> {
  const found = new Map<string, unknown>();
  const walk = (value: unknown, path: string) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      if (value !== undefined && value !== null) found.set(path, value);
      return;
    }
    for (const [key, inner] of Object.entries(value)) walk(inner, path === '' ? key : `${path}.${key}`);
  };
  walk(data, '');
  return found;
}

function masked(path: string, value: unknown): unknown {
  const variable = /(?:^|\.)env\.([^.]+)$/.exec(path)?.[1];
  return value !== null && variable !== undefined && SECRET_NAME.test(variable) ? MASK : value;
}
