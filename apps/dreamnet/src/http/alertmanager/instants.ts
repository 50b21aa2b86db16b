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

/** Of `2026-11-21T10:00:00.000Z`: a year beyond 9999 takes more. */
export const INSTANT_LENGTH = 24;
/** Alerts of one batch share instants, and a listing goes through the batches in no order: some seconds' worth are kept. */
const SLOTS = 4096;

/** Instants as ASCII digits: the same ones come again and again. */
export interface InstantDigits {
  /** All that are kept, each `INSTANT_LENGTH` long. */
  readonly digits: Uint8Array;
  /** @returns Where in `digits` the instant (epoch ms) stands now; -1 of one that is longer. */
  placeOf(ms: number): number;
}

export function createInstantDigits(): InstantDigits {
  const keptAt = new Float64Array(SLOTS).fill(Number.NaN);
  const digits = Buffer.alloc(SLOTS * INSTANT_LENGTH);
  return {
    digits,
    placeOf: (ms) => {
      const slot = ms & (SLOTS - 1);
      const place = slot * INSTANT_LENGTH;
      if (keptAt[slot] === ms) return place;
      const text = new Date(ms).toISOString();
      if (text.length !== INSTANT_LENGTH) return -1;
      digits.write(text, place, 'latin1');
      keptAt[slot] = ms;
      return place;
    },
  };
}
