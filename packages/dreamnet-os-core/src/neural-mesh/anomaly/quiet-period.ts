/** An anomaly is told once, at its beginning: for this many rows only what is stronger is told of again. */
const QUIET_ROWS = 100;

export interface SavedQuiet {
  peak: number;
  age: number;
}

/** What an earlier anomaly takes away from the next one: all of its own strength at first, then ever less. */
export interface QuietPeriod {
  /** What is left of the next row's strength; ≤ 0 for nothing. */
  next(strength: number): number;
  saved(): SavedQuiet;
}

/** Begins with nothing to hold back. */
export function createQuietPeriod(saved?: SavedQuiet): QuietPeriod {
  let { peak, age } = saved ?? { peak: 0, age: 0 };
  return {
    saved: () => ({ peak, age }),
    next: (strength) => {
      age += 1;
      const held = age < QUIET_ROWS ? peak * (1 - age / QUIET_ROWS) : 0;
      if (strength > held) {
        peak = strength;
        age = 0;
      }
      return strength - held;
    },
  };
}
