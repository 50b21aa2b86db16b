import { showPlace, type YamlSource } from '../../config/source.js';
import { programError } from '../../errors.js';

/** A value of the file and where it stands. Scalars are texts, as they are written. */
export interface Spot {
  readonly source: YamlSource;
  readonly value: unknown;
  readonly path: readonly PropertyKey[];
}

/** Makes something of a value, or refuses it with its place. Undefined means: as if it were not there. */
export type Reading<T> = (spot: Spot) => T | undefined;

type Shape = Readonly<Record<string, Reading<unknown>>>;

/** What a section says: each key that is there, read. */
export type Section<S extends Shape> = {
  readonly [K in keyof S]?: Exclude<ReturnType<S[K]>, undefined>;
};

/** What YAML's plain scalars write for nothing. */
const NOTHING: readonly unknown[] = ['', '~', 'null', 'Null', 'NULL', undefined, null];

/** Is anything written there? */
export function isEmpty({ value }: Spot): boolean {
  return NOTHING.includes(value) || (Array.isArray(value) && value.length === 0);
}

/** `file:line:column` of the value. */
export function placeOf({ source, path }: Spot): string {
  return showPlace(source.placeOf(path));
}

/** @throws DN_ALERTMANAGER_WRONG_VALUE */
export function refuse(spot: Spot, why: string): never {
  throw programError('DN_ALERTMANAGER_WRONG_VALUE', { place: placeOf(spot), path: pathText(spot), why });
}

/** @throws DN_ALERTMANAGER_NOT_SUPPORTED */
export function refuseUnsupported(spot: Spot, what: string, instead: string): never {
  throw programError('DN_ALERTMANAGER_NOT_SUPPORTED', { place: placeOf(spot), what, instead });
}

/** `receivers[0].webhook_configs[1].url` */
export function pathText({ path }: Spot): string {
  const text = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('');
  return text.replace(/^\./, '') || 'the document';
}

/** The value under a key or at an index. */
export function below({ source, value, path }: Spot, step: string | number): Spot {
  const inner =
    typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[step] : undefined;
  return { source, value: inner, path: [...path, step] };
}

/**
 * A map with these keys and no others.
 *
 * @param unsupported Keys that Alertmanager knows and we do not: key → what may be done instead. They are refused by name
 *   unless they say nothing (`false`, an empty list or text).
 */
export function section<S extends Shape>(
  shape: S,
  unsupported: Readonly<Record<string, string>> = {},
): Reading<Section<S>> {
  return (spot) => {
    if (isEmpty(spot)) return undefined;
    const read: Record<string, unknown> = {};
    for (const key of keysOf(spot)) {
      const inner = below(spot, key);
      const reading = Object.hasOwn(shape, key) ? shape[key] : undefined;
      if (!reading) refuseKey(spot, key, { shape, unsupported });
      else {
        const value = reading(inner);
        if (value !== undefined) read[key] = value;
      }
    }
    return read as Section<S>;
  };
}

/** A list of such values; one that is not there is an empty list. */
export function listOf<T>(reading: Reading<T>): Reading<readonly T[]> {
  return (spot) => {
    if (isEmpty(spot)) return [];
    if (!Array.isArray(spot.value)) return refuse(spot, 'expected a list');
    return spot.value.flatMap((_, index) => {
      const value = reading(below(spot, index));
      return value === undefined ? [] : [value];
    });
  };
}

/** A map from any name to such values. */
export function mapOf<T>(reading: Reading<T>): Reading<Readonly<Record<string, T>>> {
  return (spot) => {
    if (isEmpty(spot)) return undefined;
    const entries = keysOf(spot).map((key) => [key, reading(below(spot, key))] as const);
    return Object.fromEntries(
      entries.filter((entry): entry is readonly [string, T & {}] => entry[1] !== undefined),
    );
  };
}

/** The read value together with its place, for checks that come later. */
export interface Placed<T> {
  readonly value: T;
  readonly spot: Spot;
}

export function placed<T>(reading: Reading<T>): Reading<Placed<T>> {
  return (spot) => {
    const value = reading(spot);
    return value === undefined ? undefined : { value, spot };
  };
}

function keysOf(spot: Spot): readonly string[] {
  const { value } = spot;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refuse(spot, 'expected a map of keys');
  return Object.keys(value);
}

interface Known {
  shape: Shape;
  unsupported: Readonly<Record<string, string>>;
}

function refuseKey(spot: Spot, key: string, { shape, unsupported }: Known): void {
  const inner = below(spot, key);
  const instead = Object.hasOwn(unsupported, key) ? unsupported[key] : undefined;
  const place = showPlace(spot.source.placeOfKey(spot.path, key));
  if (instead === undefined)
    throw programError('DN_ALERTMANAGER_UNKNOWN_KEY', {
      place,
      key,
      hint: `; known here: ${Object.keys(shape).join(', ')}`,
    });
  if (isEmpty(inner) || inner.value === 'false') return;
  throw programError('DN_ALERTMANAGER_NOT_SUPPORTED', { place, what: `'${pathText(inner)}'`, instead });
}
