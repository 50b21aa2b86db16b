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

/** Alerts of one batch share instants, and a listing goes through the batches in no order: some seconds' worth are kept. */
const SLOTS = 4096;

/**
 * Shows instants as JSON text, quotes included, with what stands around them: the same ones come again and again.
 *
 * @returns The text of one instant, epoch ms.
 */
export function createInstantTexts(before: string, after: string): (at: number) => string {
  const shownAt = new Float64Array(SLOTS).fill(Number.NaN);
  const texts: string[] = [];
  return (at) => {
    const slot = at & (SLOTS - 1);
    if (shownAt[slot] !== at) {
      // Joined and not added: a sum stays a chain of its parts, which is gone through at each use.
      texts[slot] = [before, '"', new Date(at).toISOString(), '"', after].join('');
      shownAt[slot] = at;
    }
    return texts[slot] ?? '';
  };
}
