const MOST_NAMED = 5;

/** The first few of what may be hundreds, and how many more there are. */
export function listSome(items: readonly string[], separator = ', '): string {
  const rest = items.length - MOST_NAMED;
  return `${items.slice(0, MOST_NAMED).join(separator)}${rest > 0 ? ` and ${rest} more` : ''}`;
}
