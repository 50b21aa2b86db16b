/** RFC 3339; a date alone or a time without its zone could be meant in many ways. */
const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;
/** Go's zero time: what a Go program sends for a time that is not set. */
const GO_ZERO_MS = -62_135_596_800_000;

/**
 * An instant as API clients write it.
 *
 * @returns Epoch ms; undefined for a time that is not set; null for what is no time.
 */
export function parseInstant(text: unknown): number | undefined | null {
  if (text === undefined || text === null || text === '') return undefined;
  if (typeof text !== 'string' || !RFC_3339.test(text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : at === GO_ZERO_MS ? undefined : at;
}

let last = { at: Number.NaN, text: '' };

/** The instant as JSON text, quotes included. Alerts of one batch share instants, so the last one is kept. */
export function showInstant(at: number): string {
  if (at !== last.at) last = { at, text: `"${new Date(at).toISOString()}"` };
  return last.text;
}
