import type { BudgetAmounts, BudgetMeasure, BudgetMeter } from '@dreamnet/contracts';
import type { Totals } from './amounts.js';
import { type Budget, limitsOf } from './budget-book.js';
import type { BudgetDefinition, Spender } from './budget-definition.js';
import { budgetError } from './budget-errors.js';
import { exceeded, noEstimate } from './budget-refusal.js';
import { estimate, priceOf } from './estimate.js';
import type { CountedSpending } from './spending.js';

/** What one budget would be charged. */
export interface PlannedCharge {
  budget: Budget;
  amounts: BudgetAmounts;
}

/** Who wants to spend, and what they said. */
export interface SpendingWish {
  spender: Spender;
  isCall: boolean;
  told: CountedSpending;
}

const ALL: readonly BudgetMeasure[] = ['tokens', 'money', 'calls', 'wallTime'];

/**
 * Which measures are reserved, by who tells what is spent and who asks. What nobody reserves here is still refused once it
 * is used up.
 */
const RESERVED: Readonly<
  Record<BudgetMeter, { call: readonly BudgetMeasure[]; agent: readonly BudgetMeasure[] }>
> = {
  calls: { call: ALL, agent: ALL },
  agent: { call: [], agent: ALL },
  reports: { call: ['calls', 'wallTime'], agent: [] },
};

/** What each budget would be charged. Changes nothing. @throws DN_BUDGET_*: the first thing in the way */
export function planSpending(now: number, wish: SpendingWish, covering: readonly Budget[]): PlannedCharge[] {
  const planned: PlannedCharge[] = [];
  for (const budget of covering) {
    checkCurrency(budget.definition, wish.told);
    const amounts = estimateAll(now, wish, budget);
    const shortfall = budget.account.shortfall(now, amounts);
    if (shortfall) throw exceeded({ ...wish, ...budget, limits: limitsOf(budget) }, shortfall);
    if (Object.keys(amounts).length > 0) planned.push({ budget, amounts });
  }
  return planned;
}

function estimateAll(now: number, wish: SpendingWish, budget: Budget): BudgetAmounts {
  const { definition, account } = budget;
  const limits = limitsOf(budget);
  const amounts: Totals = {};
  for (const measure of RESERVED[definition.meter][wish.isCall ? 'call' : 'agent']) {
    const limit = limits[measure];
    if (limit === undefined) continue;
    const tokens = amounts.tokens ?? wish.told.amounts.tokens;
    const found = estimate({
      measure,
      told: wish.told.amounts,
      floor: definition.reserve,
      largest: account.largest,
      limit,
      ...(definition.tokenPrice !== undefined && { tokenPrice: definition.tokenPrice }),
      ...(tokens !== undefined && { tokens }),
    });
    if (!found) {
      const standing = { used: account.used(now), resetAt: account.span(now).endAt };
      throw noEstimate({ ...wish, definition, limits }, measure, standing);
    }
    amounts[measure] = found.amount;
  }
  return amounts;
}

/** What was really spent of what was reserved; what nobody told is what was reserved. */
export function realSpending(
  reserved: BudgetAmounts,
  { tokenPrice }: BudgetDefinition,
  { used, elapsedMs }: { used: BudgetAmounts; elapsedMs: number },
): BudgetAmounts {
  const real: Totals = {};
  for (const measure of Object.keys(reserved) as BudgetMeasure[]) {
    const told = used[measure];
    if (told !== undefined) real[measure] = told;
    else if (measure === 'wallTime') real[measure] = elapsedMs;
    else if (measure === 'money' && used.tokens !== undefined && tokenPrice !== undefined)
      real[measure] = priceOf(used.tokens, tokenPrice);
    else real[measure] = reserved[measure] ?? 0;
  }
  return real;
}

/** Amounts of another currency cannot be compared. @throws DN_BUDGET_WRONG_CURRENCY */
export function checkCurrency(
  { name, currency }: Pick<BudgetDefinition, 'name' | 'currency'>,
  told: Pick<CountedSpending, 'currency'>,
): void {
  if (told.currency !== undefined && currency !== undefined && currency !== told.currency)
    throw budgetError('DN_BUDGET_WRONG_CURRENCY', { budget: name, currency, given: told.currency });
}
