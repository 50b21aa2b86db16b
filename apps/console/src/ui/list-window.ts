/** Rows drawn beyond both edges: a quick turn of the wheel shows no hole. */
const SPARE_ROWS = 8;

/**
 * Which rows of a long list can be seen.
 *
 * @returns The index of the first row to draw and the one after the last.
 */
export function windowOf(list: { count: number; rowPx: number; topPx: number; heightPx: number }): {
  first: number;
  end: number;
} {
  const { count, rowPx, topPx, heightPx } = list;
  const first = Math.floor(topPx / rowPx) - SPARE_ROWS;
  const end = Math.ceil((topPx + heightPx) / rowPx) + SPARE_ROWS;
  return { first: clamp(first, count), end: clamp(end, count) };
}

/**
 * The places to draw, in order.
 *
 * @param kept Is drawn wherever it lies; -1 for none.
 */
export function placesToDraw({ first, end }: { first: number; end: number }, kept: number): number[] {
  const places = Array.from({ length: end - first }, (_, index) => first + index);
  if (kept < 0 || (kept >= first && kept < end)) return places;
  return kept < first ? [kept, ...places] : [...places, kept];
}

function clamp(index: number, count: number): number {
  return Math.min(count, Math.max(0, index));
}
