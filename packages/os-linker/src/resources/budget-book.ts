import type { BudgetAmounts } from '@dreamnet/contracts';
import {
  type AccountRecord,
  type AccountTerms,
  type BudgetAccount,
  createBudgetAccount,
} from './budget-account.js';
import { type BudgetDefinition, isCovered, type Spender } from './budget-definition.js';
import { budgetError } from './budget-errors.js';
import type { OverrideRecord } from './ledger-records.js';
import type { CountedSpending } from './spending.js';

/** One budget: what the file says, what was set by hand, what was spent. */
export interface Budget {
  definition: BudgetDefinition;
  override: OverrideRecord | undefined;
  account: BudgetAccount;
  /** Refused for it since the daemon started. */
  refused: number;
}

/** The limits that hold. An amount set by hand in another currency than the file's is none. */
export function limitsOf({ definition, override }: Pick<Budget, 'definition' | 'override'>): BudgetAmounts {
  const { money, ...others } = override?.limits ?? {};
  const isOther = override?.currency !== undefined && override.currency !== definition.currency;
  return { ...definition.limits, ...others, ...(money !== undefined && !isOther && { money }) };
}

/** What was set before holds on, but for money of another currency. */
export function toOverride(
  before: OverrideRecord | undefined,
  { amounts, currency = before?.currency }: CountedSpending,
  who: Pick<OverrideRecord, 'by' | 'at'>,
): OverrideRecord {
  return { limits: { ...before?.limits, ...amounts }, currency, ...who };
}

function termsOf(budget: Pick<Budget, 'definition' | 'override'>): AccountTerms {
  const { window, currency } = budget.definition;
  return { window, currency, limits: limitsOf(budget) };
}

/** All budgets by name. */
export class BudgetBook {
  readonly #budgets = new Map<string, Budget>();
  /** Of names that no definition has now: they may come back within their window. */
  readonly #parked = new Map<string, AccountRecord>();
  readonly #overrides = new Map<string, OverrideRecord>();

  /** What was written down; `configure` takes it up. */
  load(accounts: ReadonlyMap<string, AccountRecord>, overrides: ReadonlyMap<string, OverrideRecord>): void {
    for (const [name, record] of accounts) this.#parked.set(name, record);
    for (const [name, override] of overrides) this.#overrides.set(name, override);
  }

  /** @returns budgets of another currency than before, by name: money counted in that one was forgotten */
  configure(now: number, definitions: readonly BudgetDefinition[]): Map<string, string> {
    const forgotten = new Map<string, string>();
    const before = new Map(this.#budgets);
    this.#budgets.clear();
    for (const definition of definitions) {
      const { name } = definition;
      const old = before.get(name);
      const override = this.#overrides.get(name);
      const terms = termsOf({ definition, override });
      const parked = this.#parked.get(name);
      const account = old && !parked ? old.account : createBudgetAccount(terms, parked);
      const currency = account.configure(now, terms);
      if (currency !== undefined) forgotten.set(name, currency);
      this.#parked.delete(name);
      this.#budgets.set(name, { definition, override, account, refused: old?.refused ?? 0 });
    }
    for (const [name, { account }] of before)
      if (!this.#budgets.has(name)) this.#parked.set(name, account.toRecord());
    return forgotten;
  }

  /** Budgets that spending of this one counts against. */
  covering(spender: Spender): Budget[] {
    return [...this.#budgets.values()].filter(({ definition }) => isCovered(definition, spender));
  }

  list(): Budget[] {
    return [...this.#budgets.values()];
  }

  find(name: string): Budget | undefined {
    return this.#budgets.get(name);
  }

  /** @throws DN_BUDGET_UNKNOWN */
  get(name: string): Budget {
    const budget = this.#budgets.get(name);
    if (budget) return budget;
    const names = [...this.#budgets.keys()];
    const known = names.length === 0 ? '; the fleet file has none' : `; there are: ${names.join(', ')}`;
    throw budgetError('DN_BUDGET_UNKNOWN', { name, known });
  }

  /** Limits set by hand, or none: then those of the file hold. */
  override(now: number, name: string, override: OverrideRecord | undefined): void {
    const budget = this.get(name);
    if (override) this.#overrides.set(name, override);
    else this.#overrides.delete(name);
    budget.override = override;
    budget.account.configure(now, termsOf(budget));
  }

  /** As it is written down. */
  accountRecord(name: string): AccountRecord | undefined {
    return this.#budgets.get(name)?.account.toRecord() ?? this.#parked.get(name);
  }

  overrideRecord(name: string): OverrideRecord | undefined {
    return this.#overrides.get(name);
  }
}
