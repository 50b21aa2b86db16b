import type { BudgetAmounts, BudgetMeasure } from '@dreamnet/contracts';
import type { DreamnetError } from '@dreamnet/kit';
import type { Shortfall } from './budget-account.js';
import type { BudgetDefinition, Spender } from './budget-definition.js';
import { budgetError } from './budget-errors.js';
import { showAmount } from './money.js';
import { inUnits } from './spending.js';

/** Whose spending of which budget is refused. */
export interface RefusedAt {
  spender: Spender;
  definition: BudgetDefinition;
  limits: BudgetAmounts;
}

/** Refused because a limit is in the way: names budget, used, limit and when there is room again. */
export function exceeded({ spender, definition }: RefusedAt, shortfall: Shortfall): DreamnetError {
  const { measure, used, limit, asked, freeAt } = shortfall;
  const { name, currency } = definition;
  return budgetError('DN_BUDGET_EXCEEDED', {
    agent: spender.agent,
    budget: name,
    measure,
    asked: asked === 0 ? `more ${measure}` : showAmount(measure, asked, currency),
    used: showUsed(measure, used, currency),
    limit: showAmount(measure, limit, currency),
    when: showReset(freeAt),
    resetAt: freeAt,
    usedAmount: inUnits(measure, used),
    limitAmount: inUnits(measure, limit),
    // Nothing was sent: another provider of the same capability may be asked.
    delivered: false,
  });
}

/** Refused because nobody knows how much it will be. */
export function noEstimate(
  { spender, definition, limits }: RefusedAt,
  measure: BudgetMeasure,
  { used, resetAt }: { used: BudgetAmounts; resetAt: number | null },
): DreamnetError {
  const { name, currency } = definition;
  return budgetError('DN_BUDGET_NO_ESTIMATE', {
    agent: spender.agent,
    budget: name,
    measure,
    used: showUsed(measure, used[measure] ?? 0, currency),
    limit: showAmount(measure, limits[measure] ?? 0, currency),
    when: showReset(resetAt),
    resetAt,
    delivered: false,
  });
}

/** Before ` of 50 calls` the number alone says it. */
function showUsed(measure: BudgetMeasure, amount: number, currency: string | undefined): string {
  return measure === 'tokens' || measure === 'calls' ? `${amount}` : showAmount(measure, amount, currency);
}

function showReset(at: number | null): string {
  return at === null ? 'never by itself' : `at ${new Date(at).toISOString()}`;
}
