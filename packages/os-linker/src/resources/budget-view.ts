import { BUDGET_MEASURES, type BudgetMeasureView, type BudgetView } from '@dreamnet/contracts';
import { type Budget, limitsOf } from './budget-book.js';
import type { HeldAmounts } from './hold.js';
import { inUnits } from './spending.js';

/** One budget as it is shown. */
export function toBudgetView(
  { definition, account, override, refused }: Budget,
  now: number,
  held: HeldAmounts = { open: 0, amounts: {} },
): BudgetView {
  const { name, agents, capability, window, meter, currency } = definition;
  const { startAt, endAt } = account.span(now);
  const limits = limitsOf({ definition, override });
  const used = account.used(now);
  return {
    name,
    agents: agents ?? null,
    capability: capability ?? null,
    window,
    meter,
    startsAt: startAt,
    resetsAt: endAt,
    measures: BUDGET_MEASURES.flatMap((measure): BudgetMeasureView[] => {
      const limit = limits[measure];
      if (limit === undefined) return [];
      const spent = used[measure] ?? 0;
      return [
        {
          measure,
          unit: measure === 'money' ? (currency ?? '') : measure === 'wallTime' ? 'ms' : measure,
          limit: inUnits(measure, limit),
          used: inUnits(measure, spent),
          reserved: inUnits(measure, Math.min(spent, held.amounts[measure] ?? 0)),
          left: inUnits(measure, Math.max(0, limit - spent)),
          largest: inUnits(measure, account.largest[measure] ?? 0),
        },
      ];
    }),
    open: held.open,
    refused,
    overridden: override ? { by: override.by, at: override.at } : null,
  };
}
