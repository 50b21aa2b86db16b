import type { BudgetAmounts } from '@dreamnet/contracts';
import {
  type AccountRecord,
  type AccountTerms,
  type BudgetAccount,
  createBudgetAccount,
  type TermsChange,
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
  readonly #parked = new Map<string, BudgetAccount>();
  readonly #overrides = new Map<string, OverrideRecord>();

  /** What was written down; `configure` takes it up. */
  load(accounts: ReadonlyMap<string, AccountRecord>, overrides: ReadonlyMap<string, OverrideRecord>): void {
    for (const [name, record] of accounts)
      this.#parked.set(name, createBudgetAccount({ window: record.window, limits: {} }, record));
    for (const [name, override] of overrides) this.#overrides.set(name, override);
  }

  /** @returns what that did to what counts, by name */
  configure(now: number, definitions: readonly BudgetDefinition[]): Map<string, TermsChange> {
    const changes = new Map<string, TermsChange>();
    const before = new Map(this.#budgets);
    this.#budgets.clear();
    for (const definition of definitions) {
      const { name } = definition;
      const old = before.get(name);
      const override = this.#overrides.get(name);
      const terms = termsOf({ definition, override });
      const account = this.#parked.get(name) ?? old?.account ?? createBudgetAccount(terms);
      changes.set(name, account.configure(now, terms));
      this.#parked.delete(name);
      this.#budgets.set(name, { definition, override, account, refused: old?.refused ?? 0 });
    }
    for (const [name, { account }] of before) if (!this.#budgets.has(name)) this.#parked.set(name, account);
    return changes;
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

  /** Also of a name that no definition has now: what is open of it may still turn out to be something else. */
  accountOf(name: string): BudgetAccount | undefined {
    return this.#budgets.get(name)?.account ?? this.#parked.get(name);
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
    return this.accountOf(name)?.toRecord();
  }

  overrideRecord(name: string): OverrideRecord | undefined {
    return this.#overrides.get(name);
  }
}
