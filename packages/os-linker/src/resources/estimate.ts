import type { BudgetAmounts, BudgetMeasure } from '@dreamnet/contracts';

/** What is known about the cost of a call before it is made. */
export interface EstimateBasis {
  measure: BudgetMeasure;
  /** What the caller said. */
  told: BudgetAmounts;
  /** The least that one call reserves, by the fleet file. */
  floor: BudgetAmounts;
  /** The most that one call used so far. */
  largest: BudgetAmounts;
  /** What money a token costs, millionths for a million of them. */
  tokenPrice?: number;
  /** Tokens that are reserved for this call. */
  tokens?: number;
}

/** An amount and why it is that. */
export interface Estimate {
  amount: number;
  reason: string;
}

const MILLION = 1_000_000;

/** In this order: whoever knows this very call first, then the price list, then what was seen. */
const SOURCES: readonly { reason: string; amount: (basis: EstimateBasis) => number | undefined }[] = [
  { reason: 'told by the caller', amount: ({ measure, told }) => told[measure] },
  { reason: 'one call is one call', amount: ({ measure }) => (measure === 'calls' ? 1 : undefined) },
  {
    reason: 'tokens at their price',
    amount: ({ measure, tokenPrice, tokens }) =>
      measure === 'money' && tokenPrice !== undefined && tokens !== undefined
        ? priceOf(tokens, tokenPrice)
        : undefined,
  },
  {
    reason: 'the largest call seen',
    amount: ({ measure, largest }) => ((largest[measure] ?? 0) > 0 ? largest[measure] : undefined),
  },
  { reason: 'the reserve of the fleet file', amount: ({ measure, floor }) => floor[measure] },
];

/** How much is reserved; never less than the file's reserve. Undefined when there is nothing to go by. */
export function estimate(basis: EstimateBasis): Estimate | undefined {
  const floor = basis.floor[basis.measure] ?? 0;
  for (const { reason, amount } of SOURCES) {
    const found = amount(basis);
    if (found === undefined) continue;
    return found >= floor
      ? { amount: found, reason }
      : { amount: floor, reason: 'the reserve of the fleet file' };
  }
  return undefined;
}

/** What tokens cost, in millionths, rounded up. */
export function priceOf(tokens: number, tokenPrice: number): number {
  return Math.ceil((tokens * tokenPrice) / MILLION);
}
