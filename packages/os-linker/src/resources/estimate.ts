import type { BudgetAmounts, BudgetMeasure } from '@dreamnet/contracts';

/** What is known about the cost of a call before it is made. */
export interface EstimateBasis {
  measure: BudgetMeasure;
  /** What the caller said. */
  told: BudgetAmounts;
  /** The least that one call reserves, by the fleet file. */
  floor: BudgetAmounts;
  /** The most that one call used so far; it may be more than the limit. */
  largest: BudgetAmounts;
  /** Of this measure: what an empty budget has. */
  limit: number;
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

/**
 * In this order: whoever knows this very call first, then the price list, then what was seen. What nobody said of this call
 * is a guess, and a guess above the limit would refuse every call for ever.
 */
const SOURCES: readonly { reason: string; amount: (basis: EstimateBasis) => number | undefined }[] = [
  { reason: 'told by the caller', amount: ({ measure, told }) => told[measure] },
  { reason: 'one call is one call', amount: ({ measure }) => (measure === 'calls' ? 1 : undefined) },
  {
    reason: 'tokens at their price',
    amount: ({ measure, told, tokenPrice, tokens, limit }) => {
      if (measure !== 'money' || tokenPrice === undefined || tokens === undefined) return undefined;
      const price = priceOf(tokens, tokenPrice);
      return told.tokens === undefined ? Math.min(price, limit) : price;
    },
  },
  {
    reason: 'the largest call seen',
    amount: ({ measure, largest, limit }) => {
      const seen = largest[measure] ?? 0;
      return seen > 0 ? Math.min(seen, limit) : undefined;
    },
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
