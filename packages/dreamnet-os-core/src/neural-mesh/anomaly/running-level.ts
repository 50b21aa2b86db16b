const HALF_LIFE_ROWS = 50;
const NEWEST_SHARE = 1 - 0.5 ** (1 / HALF_LIFE_ROWS);
/** Stands for "as many times the usual as you like" where the usual is nothing at all. */
const FROM_STILLNESS = 50;
const LARGEST_RATIO = 1e6;
/**
 * Of the value and of where the series has been. A double has 53 bits; sums and differences of a hundred of them are off in
 * fewer than the last nine. What a series says there nobody can tell from rounding.
 */
const GRAIN_SHARE = 2 ** -44;

export interface SavedLevel {
  rows: number;
  level: number;
  deviation: number;
}

/** How far a row lies from where the series has been lately. */
export interface Departure {
  /** In the series' own unit, with its sign. */
  distance: number;
  /** Size of the distance over the usual one; 0 within the grain. */
  ratio: number;
  /** Differences of no more than this are rounding, in the series' own unit. */
  grain: number;
}

/** Where a series has been lately: an exponentially weighted mean and mean deviation, half-life 50 rows. */
export interface RunningLevel {
  next(value: number): Departure;
  saved(): SavedLevel;
}

/** The mean of all rows until there are enough of them, then one that forgets. @source Roberts 1959 (EWMA) */
export function createRunningLevel(saved?: SavedLevel): RunningLevel {
  let { rows, level, deviation } = saved ?? { rows: 0, level: 0, deviation: 0 };
  return {
    saved: () => ({ rows, level, deviation }),
    next: (value) => {
      rows += 1;
      if (rows === 1) level = value;
      const share = Math.max(NEWEST_SHARE, 1 / rows);
      const distance = value - level;
      const grain = GRAIN_SHARE * Math.max(Math.abs(value), Math.abs(level));
      const size = Math.abs(distance) > grain ? Math.abs(distance) : 0;
      const ratio = deviation > 0 ? Math.min(size / deviation, LARGEST_RATIO) : size > 0 ? FROM_STILLNESS : 0;
      if (rows > 1) deviation += share * (size - deviation);
      level += share * distance;
      return { distance, ratio, grain };
    },
  };
}
