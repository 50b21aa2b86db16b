import type { BudgetView, FreezeView } from '@dreamnet/contracts';
import type { Family } from './exposition.js';

/** Budgets as metrics: wall time in ms, money in its currency. */
export function budgetFamilies(
  budgets: readonly BudgetView[],
  frozen: readonly FreezeView[],
): readonly Family[] {
  const samples = (value: 'limit' | 'used' | 'reserved') =>
    budgets.flatMap(({ name, measures }) =>
      measures.map((one) => [{ budget: name, measure: one.measure, unit: one.unit }, one[value]] as const),
    );
  return [
    {
      name: 'dreamnet_budget_limit',
      type: 'gauge',
      help: 'What may be spent in one window of the budget.',
      samples: samples('limit'),
    },
    {
      name: 'dreamnet_budget_used',
      type: 'gauge',
      help: 'Spent or reserved in the window that runs now.',
      samples: samples('used'),
    },
    {
      name: 'dreamnet_budget_reserved',
      type: 'gauge',
      help: 'Of what is used: reserved, and not told yet what was spent.',
      samples: samples('reserved'),
    },
    {
      name: 'dreamnet_budget_refusals_total',
      type: 'counter',
      help: 'Refused for the budget since the daemon started.',
      samples: budgets.map(({ name, refused }) => [{ budget: name }, refused]),
    },
    {
      name: 'dreamnet_spending_frozen',
      type: 'gauge',
      help: 'Spending that is frozen: an agent, a budget, or * for all.',
      samples: frozen.map(({ target }) => [{ target }, 1]),
    },
  ];
}
