/** Classes a doubling of (1/8 + size); with 200 of them sizes up to four million have their own. */
const CLASSES_PER_DOUBLING = 8;
const CLASSES = 200;
const FINEST = 8;
/** After so many rows every count is halved: the far past fades. */
const HALVING_ROWS = 10_000;

export interface SavedRarity {
  rows: number;
  /** As it ran: a sum made anew would differ in its last digits. */
  total: number;
  counts: number[];
}

/** How rarely a series has seen something of this size. */
export interface Rarity {
  /** Takes the next size (≥ 0); the answer is in powers of ten: 2 is once in a hundred rows, 0 for a size of nothing. */
  next(size: number): number;
  saved(): SavedRarity;
}

/**
 * The tail of a distribution, kept as a histogram with classes that widen with the size.
 *
 * @source Ahmad et al. 2017, anomaly likelihood: how improbable an error is among this series' own errors
 */
export function createRarity(saved?: SavedRarity): Rarity {
  const counts = Float32Array.from({ length: CLASSES }, (_none, index) => saved?.counts[index] ?? 0);
  let rows = saved?.rows ?? 0;
  /** Nothing was ever seen above it. */
  let highest = counts.findLastIndex((count) => count > 0);
  let total = saved?.total ?? 0;
  return {
    saved: () => ({ rows, total, counts: Array.from(counts) }),
    next: (size) => {
      const place = Math.log2(1 + size * FINEST) * CLASSES_PER_DOUBLING;
      const index = Math.min(CLASSES - 1, Math.floor(place));
      let above = (counts[index] ?? 0) * Math.max(0, 1 - (place - index));
      for (let higher = index + 1; higher <= highest; higher += 1) above += counts[higher] ?? 0;
      const share = (above + 0.5) / (total + 1);
      counts[index] = (counts[index] ?? 0) + 1;
      highest = Math.max(highest, index);
      total += 1;
      rows += 1;
      if (rows % HALVING_ROWS === 0) total = halve(counts);
      return size === 0 ? 0 : -Math.log10(share);
    },
  };
}

function halve(counts: Float32Array): number {
  let total = 0;
  for (const [index, count] of counts.entries()) {
    counts[index] = count / 2;
    total += count / 2;
  }
  return total;
}
