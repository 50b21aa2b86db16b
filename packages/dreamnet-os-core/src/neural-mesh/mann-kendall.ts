/** Outcome of the test for a monotonic trend. */
export interface MannKendall {
  /** Pairs that rise minus pairs that fall. */
  s: number;
  /** Variance of `s` were there no trend, corrected for ties and, when asked, for autocorrelation. */
  variance: number;
  /** Standard score, with continuity correction; 0 when it says nothing. */
  z: number;
  /** Two-sided. 1 when it says nothing. */
  pValue: number;
}

/**
 * Tests whether a series rises or falls, without assuming a line or a distribution. Time O(n²).
 *
 * @param varianceFactor From `varianceFactorOf` when the values depend on those before them. Default 1.
 * @source Mann 1945, Kendall 1975; ties as in Gilbert, "Statistical Methods for Environmental Pollution Monitoring", §16.4
 */
export function mannKendall(values: readonly number[], varianceFactor = 1): MannKendall {
  const n = values.length;
  let s = 0;
  for (let late = 1; late < n; late += 1) {
    const newer = values[late] ?? 0;
    for (let early = 0; early < late; early += 1) s += Math.sign(newer - (values[early] ?? 0));
  }
  const variance = (varianceFactor * (n * (n - 1) * (2 * n + 5) - tieTerm(values))) / 18;
  if (s === 0 || variance <= 0) return { s, variance: Math.max(0, variance), z: 0, pValue: 1 };
  const z = (s - Math.sign(s)) / Math.sqrt(variance);
  return { s, variance, z, pValue: Math.min(1, 2 * normalTail(Math.abs(z))) };
}

/** Σ t(t−1)(2t+5) over the groups of equal values. */
function tieTerm(values: readonly number[]): number {
  const groups = new Map<number, number>();
  for (const value of values) groups.set(value, (groups.get(value) ?? 0) + 1);
  let term = 0;
  for (const t of groups.values()) term += t * (t - 1) * (2 * t + 5);
  return term;
}

/**
 * The share of a standard normal distribution above `z` ≥ 0; error below 8e-8.
 *
 * @source Abramowitz and Stegun 1964, 26.2.17
 */
export function normalTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  const polynomial =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * polynomial;
}
