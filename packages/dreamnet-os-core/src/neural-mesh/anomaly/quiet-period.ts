/** An anomaly is told once, at its beginning: for this many rows only what is stronger is told of again. */
const SHORTEST_ROWS = 100;
/** The longer a series is known, the longer it takes to call something new: this share of the rows seen. */
const SHARE_OF_ROWS = 0.08;
const LONGEST_ROWS = 1_000;

export interface SavedQuiet {
  peak: number;
  age: number;
}

/** What an earlier anomaly takes away from the next one: all of its own strength at first, then ever less. */
export interface QuietPeriod {
  /** What is left of the strength, ≤ 0 for nothing, after `rows` rows of the series. */
  next(strength: number, rows: number): number;
  saved(): SavedQuiet;
}

/** Begins with nothing to hold back. */
export function createQuietPeriod(saved?: SavedQuiet): QuietPeriod {
  let { peak, age } = saved ?? { peak: 0, age: 0 };
  return {
    saved: () => ({ peak, age }),
    next: (strength, rows) => {
      age += 1;
      const lasts = Math.min(LONGEST_ROWS, Math.max(SHORTEST_ROWS, SHARE_OF_ROWS * rows));
      const held = age < lasts ? peak * (1 - age / lasts) : 0;
      if (strength > held) {
        peak = strength;
        age = 0;
      }
      return strength - held;
    },
  };
}
