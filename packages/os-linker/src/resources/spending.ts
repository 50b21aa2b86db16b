import { BUDGET_MEASURES, type BudgetAmounts, type Spending } from '@dreamnet/contracts';
import { isAmount, type Totals } from './amounts.js';
import { budgetError } from './budget-errors.js';
import { MICROS, parseMoney, showMoney } from './money.js';

/** Amounts in whole units, and the currency if money is among them. */
export interface CountedSpending {
  amounts: BudgetAmounts;
  currency: string | undefined;
}

/**
 * Spending as it came over the wire, in the units that are counted; fractions are rounded up.
 *
 * @throws DN_BUDGET_BAD_AMOUNT for what is negative, not a number, or no money
 */
export function readSpending(told: Spending): CountedSpending {
  const amounts: Totals = {};
  for (const measure of BUDGET_MEASURES) {
    if (measure === 'money') continue;
    const value = told[measure];
    if (value === undefined) continue;
    if (!isAmount(value) || !isAmount(Math.ceil(value)))
      throw budgetError('DN_BUDGET_BAD_AMOUNT', { where: measure, why: 'expected a number from 0' });
    amounts[measure] = Math.ceil(value);
  }
  if (told.money === undefined) return { amounts, currency: undefined };
  const money = parseMoney(told.money);
  if (!money)
    throw budgetError('DN_BUDGET_BAD_AMOUNT', {
      where: 'money',
      why: 'expected an amount and a currency, such as 0.02 USD',
    });
  return { amounts: { ...amounts, money: money.micros }, currency: money.currency };
}

/** Amounts as they go over the wire. */
export function showSpending(amounts: BudgetAmounts, currency: string | undefined): Spending {
  const { money, ...others } = amounts;
  return { ...others, ...(money !== undefined && { money: showMoney(money, currency ?? 'USD') }) };
}

/** Millionths as a number of the currency's units, for views and metrics. */
export function inUnits(measure: string, amount: number): number {
  return measure === 'money' ? amount / MICROS : amount;
}
