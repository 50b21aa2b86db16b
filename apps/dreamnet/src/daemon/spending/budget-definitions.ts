import { BUDGET_MEASURES, type BudgetAmounts, type BudgetMeasure } from '@dreamnet/contracts';
import type { BudgetDefinition } from '@dreamnet/os-linker';
import type { BudgetEntry } from '../../config/budget-schema.js';
import type { FleetFile } from '../../config/schema.js';

/** All budgets of a fleet file: those of agents under the agents' names, then the shared ones. */
export function toBudgetDefinitions({ agents, budgets }: FleetFile): BudgetDefinition[] {
  return [
    ...Object.entries(agents).flatMap(([name, { resources }]) =>
      resources.budget ? [toDefinition(name, { ...resources.budget, agents: [name] })] : [],
    ),
    ...Object.entries(budgets).map(([name, budget]) => toDefinition(name, budget)),
  ];
}

/** Is there anything that may not be spent without limit? */
export function hasBudgets(fleet: FleetFile): boolean {
  return toBudgetDefinitions(fleet).length > 0;
}

function toDefinition(name: string, entry: BudgetEntry): BudgetDefinition {
  const { agents, capability, money, tokenPrice, meter, rolling, timeZone } = entry;
  return {
    name,
    limits: toAmounts(entry),
    reserve: toAmounts(entry.reserve),
    meter,
    // The schema wants one of the two.
    window:
      rolling === undefined
        ? { kind: 'calendar', per: entry.per ?? 'ever', timeZone }
        : { kind: 'rolling', lengthMs: rolling },
    ...(agents !== undefined && { agents }),
    ...(capability !== undefined && { capability }),
    ...(money !== undefined && { currency: money.currency }),
    ...(tokenPrice !== undefined && { tokenPrice: tokenPrice.micros }),
  };
}

function toAmounts(entry: Pick<BudgetEntry, BudgetMeasure>): BudgetAmounts {
  const { money, ...others } = entry;
  const amounts: Partial<Record<BudgetMeasure, number>> = {};
  for (const measure of BUDGET_MEASURES) {
    const amount = measure === 'money' ? money?.micros : others[measure];
    if (amount !== undefined) amounts[measure] = amount;
  }
  return amounts;
}
