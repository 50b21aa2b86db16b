/** What the formula asked for at one time. */
export interface Recommendation {
  /** Ms of the clock of the observations. */
  at: number;
  desired: number;
}

/** How far back each direction looks, ms; 0 looks at the newest recommendation alone. */
export interface StabilisationWindows {
  upMs: number;
  downMs: number;
}

/**
 * The change that all recommendations of a window agree to: upwards the smallest of them counts, downwards the
 * largest, so that a short dip ends nothing and a short peak starts nothing.
 *
 * @param recommendations Of the past, in any order, the newest one included.
 * @returns What to go to: `current` when they do not agree on a direction.
 */
export function stabilise(
  current: number,
  recommendations: readonly Recommendation[],
  { now, windows }: { now: number; windows: StabilisationWindows },
): number {
  const newest = recommendations.at(-1)?.desired ?? current;
  let up = newest;
  let down = newest;
  for (const { at, desired } of recommendations) {
    if (now - at < windows.upMs) up = Math.min(up, desired);
    if (now - at < windows.downMs) down = Math.max(down, desired);
  }
  return Math.min(Math.max(current, up), down);
}

/** Without those that no window reaches any more; the newest always stays. */
export function forgetOld(
  recommendations: readonly Recommendation[],
  now: number,
  windows: StabilisationWindows,
): readonly Recommendation[] {
  const reachMs = Math.max(windows.upMs, windows.downMs);
  const kept = recommendations.filter(({ at }) => now - at < reachMs);
  const newest = recommendations.at(-1);
  return kept.length > 0 || !newest ? kept : [newest];
}
