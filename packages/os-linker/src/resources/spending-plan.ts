import {
  BUDGET_MEASURES,
  type BudgetAmounts,
  type BudgetMeasure,
  type BudgetMeter,
} from '@dreamnet/contracts';
import type { Totals } from './amounts.js';
import { type Budget, type BudgetBook, limitsOf } from './budget-book.js';
import type { BudgetDefinition, Spender } from './budget-definition.js';
import { budgetError } from './budget-errors.js';
import { exceeded, noEstimate } from './budget-refusal.js';
import { estimate, priceOf } from './estimate.js';
import type { Hold } from './hold.js';
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

/** The measures that a budget counts of such a reservation, where they are limited. */
function measuresOf({ meter }: BudgetDefinition, { isCall }: { isCall: boolean }): readonly BudgetMeasure[] {
  return RESERVED[meter][isCall ? 'call' : 'agent'];
}

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
  for (const measure of measuresOf(definition, wish)) {
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

/** What is to be counted of a reservation that is over, and when (epoch ms). `elapsedMs`: since it was made. */
export interface Ending {
  now: number;
  told: CountedSpending;
  elapsedMs: number;
}

/**
 * Counts what a reservation really spent: in the budgets it was charged to, and in those that cover it by now, for a limit that came
 * meanwhile is about what runs. Its charges are completed by those.
 *
 * @throws DN_BUDGET_WRONG_CURRENCY when it was charged to a budget of another currency; then nothing is counted
 */
export function countSpent(hold: Hold, book: BudgetBook, { now, told, elapsedMs }: Ending): void {
  const charged = new Set(hold.charges.map(({ budget }) => budget));
  for (const name of charged) {
    const budget = book.find(name);
    if (budget) checkCurrency(budget.definition, told);
  }
  for (const { definition, account } of book.covering(hold.spender))
    if (!charged.has(definition.name) && measuresOf(definition, hold).length > 0)
      hold.charges.push({ budget: definition.name, slot: account.charge(now, {}), amounts: {} });
  for (const charge of hold.charges) {
    const account = book.accountOf(charge.budget);
    if (!account) continue;
    const definition = book.find(charge.budget)?.definition;
    const used = inCurrency(definition ?? account, told);
    const measures = definition ? measuresOf(definition, hold) : [];
    account.correct(now, charge, realSpending(charge.amounts, measures, { ...definition, used, elapsedMs }));
    // Only what somebody told: a guess must not become the measure of the next one.
    account.noteLargest(used);
  }
}

/** What was really spent; what nobody told is what was reserved. Where nothing was, for there was no limit yet, that is one call and its time. */
function realSpending(
  reserved: BudgetAmounts,
  measures: readonly BudgetMeasure[],
  { used, elapsedMs, tokenPrice }: { used: BudgetAmounts; elapsedMs: number; tokenPrice?: number },
): BudgetAmounts {
  const real: Totals = {};
  for (const measure of new Set([...keysOf(reserved), ...measures])) {
    const told = used[measure];
    if (told !== undefined) real[measure] = told;
    else if (measure === 'wallTime') real[measure] = elapsedMs;
    else if (measure === 'money' && used.tokens !== undefined && tokenPrice !== undefined)
      real[measure] = priceOf(used.tokens, tokenPrice);
    else real[measure] = reserved[measure] ?? (measure === 'calls' ? 1 : 0);
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

/** Money of another currency than a budget's cannot be counted in it. */
function inCurrency({ currency }: { currency?: string | undefined }, told: CountedSpending): BudgetAmounts {
  if (told.currency === undefined || currency === undefined || told.currency === currency)
    return told.amounts;
  const { money: _, ...others } = told.amounts;
  return others;
}

function keysOf(amounts: BudgetAmounts): BudgetMeasure[] {
  return BUDGET_MEASURES.filter((measure) => amounts[measure] !== undefined);
}
