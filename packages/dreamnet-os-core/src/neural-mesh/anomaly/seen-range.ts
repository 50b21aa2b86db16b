/** After so many rows half of what lies beyond the middle is forgotten: what was extreme once becomes news again. */
const HALF_LIFE_ROWS = 20_000;
const KEPT_PER_ROW = 0.5 ** (1 / HALF_LIFE_ROWS);
/** One row widens the range by three times its own width at most: a single monstrous value does not make all later ones look tame. */
const LARGEST_GROWTH = 3;
/** A value this many widths outside is as far out as it gets. */
const LARGEST_EXCESS = 5;
/** A range of fewer values than this is no range yet: nothing lies outside it. */
const LEARNING_VALUES = 100;

/** The lowest and the highest of a quantity so far, and how many values told (counted up to 100). */
export type Bounds = readonly [low: number, high: number, values: number];

/** The range a quantity has been seen in. */
export interface SeenRange {
  /**
   * Takes the next value and tells by how many widths of the range it lies outside: 0 within and for the first 100, at most 5.
   *
   * @param grain What differs by no more than this is the same: rounding made it differ. Default 0.
   */
  surpass(value: number, grain?: number): number;
  /** Undefined before the first value. */
  bounds(): Bounds | undefined;
}

/**
 * A range that grows with what is seen and slowly forgets. With a `side` only values beyond that one count.
 *
 * @source Chandler 1952, records in a series: they come ever more rarely while nothing changes
 */
export function createSeenRange(side: 'both' | 'high' | 'low', saved?: Bounds): SeenRange {
  let [low, high, values] = saved ?? [Number.NaN, Number.NaN, 0];
  return {
    bounds: () => (Number.isNaN(low) ? undefined : [low, high, values]),
    surpass: (value, grain = 0) => {
      const isLearning = values < LEARNING_VALUES;
      if (isLearning) values += 1;
      if (Number.isNaN(low)) {
        low = value;
        high = value;
        return 0;
      }
      const isWide = high - low > grain;
      const width = high - low;
      const outside =
        side === 'low' ? low - value : side === 'high' ? value - high : Math.max(value - high, low - value);
      const middle = (low + high) / 2;
      const half = (width / 2) * KEPT_PER_ROW;
      const growth = isWide ? width * LARGEST_GROWTH : Number.POSITIVE_INFINITY;
      low = Math.min(middle - half, Math.max(value, middle - half - growth));
      high = Math.max(middle + half, Math.min(value, middle + half + growth));
      if (isLearning || outside <= grain) return 0;
      return isWide ? Math.min(outside / width, LARGEST_EXCESS) : 1;
    },
  };
}
