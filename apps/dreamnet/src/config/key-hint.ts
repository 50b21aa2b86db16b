import { nearName } from '../near-name.js';

/** A JSON Schema, as far as it says which keys a map takes. */
interface KeySchema {
  properties?: Readonly<Record<string, KeySchema>>;
  additionalProperties?: KeySchema | boolean;
  items?: KeySchema | boolean;
  prefixItems?: readonly KeySchema[];
  anyOf?: readonly KeySchema[];
  oneOf?: readonly KeySchema[];
  allOf?: readonly KeySchema[];
}

/** More names than these help nobody who has mistyped one. */
const MOST_LISTED = 16;

/**
 * What to say after "unknown key": the key that was probably meant, else the keys that the map takes.
 *
 * @param schema JSON Schema of the whole document.
 * @param path Where the map stands in it.
 * @returns Text to be put behind the message; empty when nothing helpful is known.
 */
export function keyHint(schema: object, path: readonly PropertyKey[], key: string): string {
  const known = [
    ...new Set(schemasAt(schema, path).flatMap(({ properties }) => Object.keys(properties ?? {}))),
  ];
  const meant = nearName(key, known);
  if (meant !== undefined) return `; did you mean '${meant}'?`;
  if (known.length === 0 || known.length > MOST_LISTED) return '';
  return `; it takes ${known.sort().join(', ')}`;
}

/** Every branch that may hold at the path: which of them the author meant is not known. */
function schemasAt(root: KeySchema, path: readonly PropertyKey[]): KeySchema[] {
  let here = branches(root);
  for (const step of path) here = here.flatMap((schema) => inner(schema, step)).flatMap(branches);
  return here;
}

function branches(schema: KeySchema): KeySchema[] {
  const { anyOf = [], oneOf = [], allOf = [] } = schema;
  return [schema, ...[...anyOf, ...oneOf, ...allOf].flatMap(branches)];
}

function inner(
  { properties, additionalProperties, items, prefixItems }: KeySchema,
  step: PropertyKey,
): KeySchema[] {
  const found =
    typeof step === 'number'
      ? (prefixItems?.[step] ?? items)
      : (properties?.[String(step)] ?? additionalProperties);
  return typeof found === 'object' ? [found] : [];
}
