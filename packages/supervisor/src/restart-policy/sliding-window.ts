/** How many restarts are allowed within how long. */
export interface RestartLimits {
  /** Most restarts within the period; one more is too many. 0 allows none. */
  readonly intensity: number;
  readonly periodMs: number;
}

/** The restart times of one period, newest last, and whether they are too many. */
export interface WindowOutcome {
  readonly restartsAtMs: readonly number[];
  readonly isExceeded: boolean;
}

/**
 * Adds one restart to a sliding window; pure. A restart exactly one period old still counts.
 *
 * @param restartsAtMs Monotonic times of earlier restarts, oldest first.
 * @param atMs Monotonic time of this restart.
 * @source Erlang/OTP supervisor, "Maximum restart intensity"
 */
export function recordRestart(
  restartsAtMs: readonly number[],
  atMs: number,
  limits: RestartLimits,
): WindowOutcome {
  const recent = restartsAtMs.filter((earlierMs) => atMs <= earlierMs + limits.periodMs);
  recent.push(atMs);
  return { restartsAtMs: recent, isExceeded: recent.length > limits.intensity };
}
