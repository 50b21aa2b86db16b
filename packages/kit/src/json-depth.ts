/** Levels of lists and objects that data from outside may have. Writing JSON recurses, and some thousands end the stack. */
export const DEEPEST_JSON = 500;

/**
 * Do lists and objects nest deeper in this than `deepest` levels? Looks no further than that, so that it ends for data of any depth and
 * for circles.
 *
 * @param value Parsed JSON; a text, a number and null have no level.
 * @param deepest Default `DEEPEST_JSON`.
 */
export function nestsTooDeep(value: unknown, deepest = DEEPEST_JSON): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (deepest <= 0) return true;
  for (const inner of Array.isArray(value) ? value : Object.values(value))
    if (nestsTooDeep(inner, deepest - 1)) return true;
  return false;
}
