/**
 * The one text of a JSON value: object keys sorted, nothing optional, so that equal values hash alike wherever
 * they were written. Members that JSON cannot hold (`undefined`, functions) are left out as `JSON.stringify` does.
 *
 * @source RFC 8785 §3.2, for the values that occur here (no numbers outside IEEE double)
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value)) ?? 'null';
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  if ('toJSON' in value && typeof value.toJSON === 'function') return sorted(value.toJSON());
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, sorted(member)]));
}
