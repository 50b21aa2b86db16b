import { WINDOW } from './packed-rows.js';

/** Below this many intervals an estimate means nothing and only the time to live counts. */
const ENOUGH_INTERVALS = 8;
/** No sender is as regular as its window claims: the deviation is at least this share of the mean. */
const LEAST_DEVIATION_SHARE = 0.25;
const LEAST_DEVIATION_MS = 100;
/** Reports closer together belong to one event, not to a rhythm: after a burst of them a pause is no silence. */
const LEAST_INTERVAL_MS = 500;

/** The last inter-arrival times of one sender: a ring within an array that others share. */
export interface ArrivalWindow {
  readonly intervalsMs: Float32Array;
  readonly firstInterval: number;
  arrivalCount: number;
}

/** Takes one inter-arrival time, in ms; the oldest gives way. O(1). */
export function addInterval(window: ArrivalWindow, intervalMs: number): void {
  window.intervalsMs[window.firstInterval + (window.arrivalCount % WINDOW)] = intervalMs;
  window.arrivalCount += 1;
}

/** Takes the interval since the last arrival that counted, unless this one belongs to the same burst. */
export function noteArrival(window: ArrivalWindow & { countedMs: number }, nowMs: number): void {
  const intervalMs = nowMs - window.countedMs;
  if (intervalMs < LEAST_INTERVAL_MS) return;
  addInterval(window, intervalMs);
  window.countedMs = nowMs;
}

/**
 * How suspicious a silence is: 8 means that a sender as regular as this one is silent so long once in 10^8 times.
 *
 * @returns undefined while too few intervals are known.
 * @source Hayashibara et al., "The φ Accrual Failure Detector", SRDS 2004
 */
export function phi(window: ArrivalWindow, silentMs: number): number | undefined {
  const estimate = estimateOf(window);
  return estimate && phiOf((silentMs - estimate.meanMs) / estimate.deviationMs);
}

/**
 * The silence, in ms, at which `phi` reaches the threshold.
 *
 * @returns undefined while too few intervals are known.
 */
export function silenceLimitMs(window: ArrivalWindow, threshold: number): number | undefined {
  const estimate = estimateOf(window);
  return estimate && estimate.meanMs + estimate.deviationMs * deviationsAt(threshold);
}

interface Estimate {
  meanMs: number;
  deviationMs: number;
}

function estimateOf(window: ArrivalWindow): Estimate | undefined {
  const held = Math.min(window.arrivalCount, WINDOW);
  if (held < ENOUGH_INTERVALS) return undefined;
  const { intervalsMs, firstInterval } = window;
  let sum = 0;
  for (let at = 0; at < held; at += 1) sum += intervalsMs[firstInterval + at] ?? 0;
  const meanMs = sum / held;
  let squares = 0;
  for (let at = 0; at < held; at += 1) squares += ((intervalsMs[firstInterval + at] ?? 0) - meanMs) ** 2;
  const deviationMs = Math.max(Math.sqrt(squares / held), meanMs * LEAST_DEVIATION_SHARE, LEAST_DEVIATION_MS);
  return { meanMs, deviationMs };
}

/** @param y How many deviations the silence is longer than the mean. */
function phiOf(y: number): number {
  // Logistic approximation of the normal tail; as a logarithm, so that it does not underflow at long silences.
  const exponent = y * (1.5976 + 0.070566 * y * y);
  const logOfTail =
    exponent > 0 ? -exponent - Math.log1p(Math.exp(-exponent)) : -Math.log1p(Math.exp(exponent));
  return -logOfTail / Math.LN10;
}

let lastThreshold = Number.NaN;
let lastDeviations = 0;

/** How many deviations make that much suspicion: the same for every sender, so the last answer is kept. */
function deviationsAt(threshold: number): number {
  if (threshold === lastThreshold) return lastDeviations;
  let low = 0;
  let high = 40;
  // phi only grows with the silence, so halving finds the place; 50 halvings leave nothing to find.
  for (let turn = 0; turn < 50; turn += 1) {
    const middle = (low + high) / 2;
    if (phiOf(middle) < threshold) low = middle;
    else high = middle;
  }
  lastThreshold = threshold;
  lastDeviations = high;
  return high;
}
