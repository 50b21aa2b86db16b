/** A correlation beyond this many standard errors (of 1/√n) is taken for more than chance: 95 %. */
const TELLING_ERRORS = 1.96;
/** Differences smaller than this share of the largest value are rounding: they count as ties. */
const ROUNDING = 1e-9;

/**
 * By how much the variance of Mann–Kendall's `s` grows because each value depends on those before it.
 *
 * @param residuals The values with their trend taken out.
 * @returns At least 1: values that alternate do not make a trend more certain than independent ones would.
 * @source Hamed and Rao 1998, "A modified Mann–Kendall trend test for autocorrelated data"
 */
export function varianceFactorOf(residuals: readonly number[]): number {
  const n = residuals.length;
  if (n < 4) return 1;
  const ranks = ranksOf(residuals);
  const mean = (n + 1) / 2;
  const centred = ranks.map((rank) => rank - mean);
  const total = centred.reduce((sum, one) => sum + one * one, 0);
  if (total === 0) return 1;
  const limit = TELLING_ERRORS / Math.sqrt(n);
  let sum = 0;
  for (let lag = 1; lag < n; lag += 1) {
    const correlation = covariance(centred, lag) / total;
    if (Math.abs(correlation) > limit) sum += (n - lag) * (n - lag - 1) * (n - lag - 2) * correlation;
  }
  return Math.max(1, 1 + (2 * sum) / (n * (n - 1) * (n - 2)));
}

function covariance(centred: readonly number[], lag: number): number {
  let sum = 0;
  for (let index = lag; index < centred.length; index += 1)
    sum += (centred[index] ?? 0) * (centred[index - lag] ?? 0);
  return sum;
}

/** 1..n; equal values share the mean of their places. */
function ranksOf(values: readonly number[]): number[] {
  const order = values.map((value, index) => ({ value, index })).sort((a, b) => a.value - b.value);
  const tolerance = ROUNDING * Math.max(...values.map(Math.abs));
  const ranks = new Array<number>(values.length).fill(0);
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && (order[to]?.value ?? 0) - (order[to - 1]?.value ?? 0) <= tolerance) to += 1;
    for (const { index } of order.slice(from, to)) ranks[index] = (from + 1 + to) / 2;
    from = to;
  }
  return ranks;
}
