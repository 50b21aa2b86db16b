import type { BudgetAmounts, BudgetMeter, BudgetWindow } from '@dreamnet/contracts';

/** What may be spent, by whom, on what, in which time. */
export interface BudgetDefinition {
  readonly name: string;
  /** Whose spending counts; left out: everybody's. */
  readonly agents?: readonly string[];
  /** Only spending for this capability and those below it. */
  readonly capability?: string;
  /** At least one measure. Money in millionths of `currency`. */
  readonly limits: BudgetAmounts;
  readonly currency?: string;
  readonly window: BudgetWindow;
  /** The least that one call reserves. */
  readonly reserve: BudgetAmounts;
  readonly meter: BudgetMeter;
  /** Millionths of `currency` for a million tokens: money is counted by tokens when nobody tells it. */
  readonly tokenPrice?: number;
}

/** Who spends, and for what. */
export interface Spender {
  agent: string;
  capability?: string;
}

/** Does spending of this one count against the budget? */
export function isCovered(definition: BudgetDefinition, { agent, capability }: Spender): boolean {
  const { agents, capability: prefix } = definition;
  if (agents !== undefined && !agents.includes(agent)) return false;
  return prefix === undefined || capability === prefix || (capability?.startsWith(`${prefix}.`) ?? false);
}
