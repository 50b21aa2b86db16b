import type { BudgetAmounts, ReservationView } from '@dreamnet/contracts';
import { createId } from '@dreamnet/kit';
import { addAmounts, type Totals } from './amounts.js';
import type { Spender } from './budget-definition.js';
import type { HoldRecord } from './ledger-records.js';
import { showSpending } from './spending.js';

/** What one reservation took from one budget. */
export interface Charge {
  budget: string;
  slot: number;
  amounts: BudgetAmounts;
}

/** A reservation that is open. */
export interface Hold {
  readonly id: string;
  readonly spender: Spender;
  /** Carried by this daemon: it ends with it, and never expires before. */
  readonly isCall: boolean;
  /** Both as they are shown, epoch ms: their difference is how long it holds. */
  readonly at: number;
  readonly expiresAt: number;
  /** By `clock.monotonic()`, for the clock may be set meanwhile; negative for what is older than this daemon. */
  readonly beganMs: number;
  readonly charges: Charge[];
  /** Budgets that cover it, also those that it takes nothing from. */
  readonly budgets: readonly string[];
  /** Aborted with the refusal as its reason when its spending is frozen. */
  readonly stop: AbortController;
}

/** A new reservation, nothing charged yet. */
export function createHold(
  terms: Pick<Hold, 'spender' | 'isCall' | 'at' | 'expiresAt' | 'beganMs' | 'budgets'>,
): Hold {
  return { id: createId('spend'), charges: [], stop: new AbortController(), ...terms };
}

/** One that an earlier daemon wrote down. @param beganMs By the `clock.monotonic()` of this one. */
export function reviveHold(record: HoldRecord, beganMs: number): Hold {
  const { id, agent, capability, isCall, at, expiresAt, charges } = record;
  return {
    ...{ id, isCall, at, expiresAt },
    spender: { agent, ...(capability !== undefined && { capability }) },
    beganMs,
    charges: charges.map((charge) => ({ ...charge })),
    budgets: charges.map(({ budget }) => budget),
    stop: new AbortController(),
  };
}

/** As it is written down. */
export function toHoldRecord({ id, spender, isCall, at, expiresAt, charges }: Hold): HoldRecord {
  return { id, ...spender, isCall, at, expiresAt, charges };
}

/** As it is shown; of several budgets the largest amount of each measure. */
export function toReservationView(hold: Hold, currency: string | undefined): ReservationView {
  const { id, spender, budgets, at, expiresAt } = hold;
  const most: Totals = {};
  for (const { amounts } of hold.charges)
    for (const [measure, amount] of Object.entries(amounts) as [keyof Totals, number][])
      most[measure] = Math.max(most[measure] ?? 0, amount);
  return {
    id,
    agent: spender.agent,
    capability: spender.capability ?? null,
    budgets,
    reserved: showSpending(most, currency),
    at,
    expiresAt,
  };
}

/** What open reservations hold of one budget. */
export interface HeldAmounts {
  open: number;
  amounts: BudgetAmounts;
}

/** What open reservations hold, by budget; one pass, however many budgets there are. */
export function heldByBudget(holds: Iterable<Hold>): Map<string, HeldAmounts> {
  const held = new Map<string, { open: number; amounts: Totals }>();
  for (const hold of holds)
    for (const { budget, amounts } of hold.charges) {
      const its = held.get(budget) ?? { open: 0, amounts: {} };
      its.open += 1;
      addAmounts(its.amounts, amounts);
      held.set(budget, its);
    }
  return held;
}
