import type {
  BudgetAmounts,
  BudgetView,
  Clock,
  FreezeView,
  PublishEvent,
  ReservationView,
  Spending,
  Store,
} from '@dreamnet/contracts';
import type { DreamnetError } from '@dreamnet/kit';
import type { BudgetDefinition, Spender } from './budget-definition.js';
import { Ledger } from './ledger.js';

/** What somebody wants to spend. */
export interface ReserveRequest extends Spender {
  /** What the caller expects to spend. */
  told?: Spending;
  /** A call that the daemon itself carries: it ends with it. */
  isCall?: boolean;
  /** After how long it counts as spent in full if nobody tells; default 10 minutes, 24 hours at most. A call counts when it ends. */
  holdMs?: number;
}

/** A reservation as whoever spends holds it. */
export interface Reservation {
  readonly view: ReservationView;
  /** Aborted when its spending is frozen; the reason is the coded error. */
  readonly signal: AbortSignal;
}

/** The permission to spend, or why not. Nothing was taken when it is refused. */
export type ReserveOutcome = { ok: true; reservation: Reservation } | { ok: false; refusal: DreamnetError };

/** What became of what was reserved. */
export interface Settlement {
  /** Who settles; only whoever reserved may. */
  agent: string;
  /** What was really spent; of a measure that is left out all that was reserved counts. */
  used?: Spending;
  /** Nothing was spent at all. */
  isUnspent?: boolean;
}

export interface BudgetsOptions {
  store: Store;
  clock: Clock;
  publish: PublishEvent;
}

/**
 * Budgets and freezes. Spending is reserved before it happens, and what is reserved is on disk before it is granted: calls
 * in parallel and a kill -9 in between cannot overspend. Whatever is not known (estimate, store, time) refuses.
 */
export interface Budgets {
  /** Reads what was written down. Calls of a daemon that is gone count as spent in full. Idempotent. */
  open(): Promise<void>;
  /** Other definitions; what was spent under a name stays spent. */
  configure(definitions: readonly BudgetDefinition[]): void;
  /** Resolves when the reservation is on disk. Never rejects. */
  reserve(request: ReserveRequest): Promise<ReserveOutcome>;
  /** Tells what was spent. @throws DN_BUDGET_UNKNOWN_RESERVATION, DN_BUDGET_BAD_AMOUNT, DN_BUDGET_NOT_KEPT */
  settle(id: string, settlement: Settlement): Promise<void>;
  /** Counts what telemetry tells after the fact, for budgets whose meter is `reports`. */
  report(spender: Spender, spent: BudgetAmounts): void;
  /**
   * Refuses from the moment it is called; resolves when it is on disk.
   *
   * @returns how many calls and reservations were stopped by it
   * @throws DN_BUDGET_NOT_KEPT; then it is in force until the next restart, or until `catchUp`. `details`: `cancelled` as it would have been
   *   returned, and the store's `reason`
   */
  freeze(freeze: FreezeView): Promise<number>;
  /** @throws DN_BUDGET_NOT_FROZEN, DN_BUDGET_NOT_KEPT; then it stays frozen */
  release(target: string, by: string): Promise<FreezeView>;
  freezes(): readonly FreezeView[];
  /** The freeze that keeps this one from spending. */
  frozen(spender: Spender): FreezeView | undefined;
  /** Does a budget of this name count what is spent there? */
  covers(budget: string, spender: Spender): boolean;
  views(): BudgetView[];
  /** @throws DN_BUDGET_UNKNOWN */
  view(name: string): BudgetView;
  reservations(): ReservationView[];
  /** Limits that hold instead of the file's; without any the file's hold again. @throws DN_BUDGET_UNKNOWN, DN_BUDGET_* */
  setLimits(name: string, limits: Spending | undefined, by: string): Promise<BudgetView>;
  /**
   * Forgets what was spent; what is reserved now stays reserved. Whoever resets also vouches for the clock.
   *
   * @throws DN_BUDGET_UNKNOWN, DN_BUDGET_NOT_KEPT
   */
  reset(name: string, by: string): Promise<BudgetView>;
  /** Writes what the store did not take before. @throws the store's error */
  catchUp(): Promise<void>;
  /** Waits for what is being written. */
  close(): Promise<void>;
}

/** Budgets on a store; nothing is read before `open`, and until then everything is refused. */
export function createBudgets(options: BudgetsOptions): Budgets {
  return new Ledger(options);
}
