/** Different metrics kept of one subsystem; what its indicators name is kept beyond that. */
export const MOST_METRICS = 200;
const LONGEST_NAME = 500;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f]/;

/** The last value of each metric of one subsystem, and when it came (monotonic ms). */
export interface MetricShelf {
  readonly names: string[];
  readonly values: number[];
  readonly seenMs: number[];
  /** Per metric what stands for it at each of the taps. */
  readonly handles: (object | undefined)[];
}

/** A shelf without metrics. */
export function createMetricShelf(): MetricShelf {
  return { names: [], values: [], seenMs: [], handles: [] };
}

/**
 * Where a metric stands on the shelf; a new one is given a place while there is room.
 *
 * @param hint Where it probably is: most reports name their metrics in the same order each time.
 * @param isWanted Given a place even when there is no room.
 * @returns -1 when there is no place for it or it cannot be a name.
 */
export function placeOf(
  shelf: MetricShelf,
  name: string,
  { hint, isWanted }: { hint: number; isWanted: (name: string) => boolean },
): number {
  const { names } = shelf;
  if (names[hint] === name) return hint;
  const known = names.indexOf(name);
  if (known >= 0) return known;
  if (name.length === 0 || name.length > LONGEST_NAME || CONTROL_CHARACTERS.test(name)) return -1;
  if (names.length >= MOST_METRICS && !isWanted(name)) return -1;
  names.push(name);
  shelf.values.push(0);
  shelf.seenMs.push(0);
  return names.length - 1;
}

/** The last value of a metric and when it came; undefined when it never did. */
export function metricOf(
  shelf: MetricShelf | undefined,
  name: string,
): { value: number; seenMs: number } | undefined {
  const place = shelf?.names.indexOf(name) ?? -1;
  const value = shelf?.values[place];
  const seenMs = shelf?.seenMs[place];
  return value === undefined || seenMs === undefined ? undefined : { value, seenMs };
}
