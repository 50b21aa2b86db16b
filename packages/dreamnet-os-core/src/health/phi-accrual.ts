/** Inter-arrival times kept per sender: enough for a steady estimate, small enough for a hundred thousand senders. */
const WINDOW = 32;
/** Below this many intervals an estimate means nothing and only the time to live counts. */
const ENOUGH_INTERVALS = 8;
/** No sender is as regular as its window claims: the deviation is at least this share of the mean. */
const LEAST_DEVIATION_SHARE = 0.25;
const LEAST_DEVIATION_MS = 100;

/** The last inter-arrival times of one sender. */
export interface ArrivalWindow {
  readonly intervalsMs: Float32Array;
  count: number;
}

/** An empty window; a few hundred bytes. */
export function createArrivalWindow(): ArrivalWindow {
  return { intervalsMs: new Float32Array(WINDOW), count: 0 };
}

/** Takes one inter-arrival time, in ms; the oldest gives way. O(1). */
export function addInterval(window: ArrivalWindow, intervalMs: number): void {
  window.intervalsMs[window.count % WINDOW] = intervalMs;
  window.count += 1;
}

/**
 * How suspicious a silence is: 8 means that a sender as regular as this one is silent so long once in 10^8 times.
 *
 * @returns undefined while too few intervals are known.
 * @source Hayashibara et al., "The φ Accrual Failure Detector", SRDS 2004
 */
export function phi(window: ArrivalWindow, silentMs: number): number | undefined {
  const estimate = estimateOf(window);
  return estimate && phiOf(silentMs, estimate);
}

/**
 * The silence, in ms, at which `phi` reaches the threshold.
 *
 * @returns undefined while too few intervals are known.
 */
export function silenceLimitMs(window: ArrivalWindow, threshold: number): number | undefined {
  const estimate = estimateOf(window);
  if (estimate === undefined) return undefined;
  let low = estimate.meanMs;
  let high = estimate.meanMs + 40 * estimate.deviationMs;
  // phi only grows with the silence, so halving finds the place; 40 halvings leave less than a nanosecond.
  for (let turn = 0; turn < 40; turn += 1) {
    const middle = (low + high) / 2;
    if (phiOf(middle, estimate) < threshold) low = middle;
    else high = middle;
  }
  return high;
}

interface Estimate {
  meanMs: number;
  deviationMs: number;
}

function estimateOf(window: ArrivalWindow): Estimate | undefined {
  const held = Math.min(window.count, WINDOW);
  if (held < ENOUGH_INTERVALS) return undefined;
  let sum = 0;
  for (let at = 0; at < held; at += 1) sum += window.intervalsMs[at] ?? 0;
  const meanMs = sum / held;
  let squares = 0;
  for (let at = 0; at < held; at += 1) squares += ((window.intervalsMs[at] ?? 0) - meanMs) ** 2;
  const deviationMs = Math.max(Math.sqrt(squares / held), meanMs * LEAST_DEVIATION_SHARE, LEAST_DEVIATION_MS);
  return { meanMs, deviationMs };
}

function phiOf(silentMs: number, estimate: Estimate): number {
  const y = (silentMs - estimate.meanMs) / estimate.deviationMs;
  // Logistic approximation of the normal tail; as a logarithm, so that it does not underflow at long silences.
  const exponent = y * (1.5976 + 0.070566 * y * y);
  const logOfTail =
    exponent > 0 ? -exponent - Math.log1p(Math.exp(-exponent)) : -Math.log1p(Math.exp(exponent));
  return -logOfTail / Math.LN10;
}
