import { BUDGET_MEASURES, type BudgetAmounts, type BudgetMeasure } from '@dreamnet/contracts';

/** Amounts that are changed in place; a measure that is not there is 0. */
export type Totals = Partial<Record<BudgetMeasure, number>>;

/** Adds in place; nothing falls below 0. */
export function addAmounts(totals: Totals, amounts: BudgetAmounts, sign: 1 | -1 = 1): void {
  for (const measure of BUDGET_MEASURES) {
    const amount = amounts[measure];
    if (amount !== undefined) totals[measure] = Math.max(0, (totals[measure] ?? 0) + sign * amount);
  }
}

/** Only the measures that are limited. */
export function pickAmounts(amounts: BudgetAmounts, limits: BudgetAmounts): Totals {
  const picked: Totals = {};
  for (const measure of BUDGET_MEASURES)
    if (limits[measure] !== undefined && amounts[measure] !== undefined) picked[measure] = amounts[measure];
  return picked;
}

/** An amount that can be counted: finite, not negative, exact. */
export function isAmount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
}
