/** What a budget can limit. */
export const BUDGET_MEASURES = ['tokens', 'money', 'calls', 'wallTime'] as const;
export type BudgetMeasure = (typeof BUDGET_MEASURES)[number];

/** An amount of each measure: tokens and calls as they are, money in millionths of its unit, wall time in ms. */
export type BudgetAmounts = Readonly<Partial<Record<BudgetMeasure, number>>>;

/** Lengths of the windows that begin by the calendar. `ever` has no end. */
export const BUDGET_PERIODS = ['minute', 'hour', 'day', 'week', 'month', 'year', 'ever'] as const;
export type BudgetPeriod = (typeof BUDGET_PERIODS)[number];

/** When what was spent no longer counts: by the calendar of a place, or so many ms after it was spent. */
export type BudgetWindow =
  | { kind: 'calendar'; per: BudgetPeriod; timeZone: string }
  | { kind: 'rolling'; lengthMs: number };

/** Who tells what was spent: the calls the daemon carries, the agent itself, or telemetry. */
export type BudgetMeter = 'calls' | 'agent' | 'reports';

/** Amounts as people and programs write them: `money` is a text such as `0.02 USD`, `wallTime` is ms. */
export interface Spending {
  tokens?: number | undefined;
  money?: string | undefined;
  calls?: number | undefined;
  wallTime?: number | undefined;
}

/** One measure of a budget. Money is in its currency, wall time in ms; `used` includes `reserved`. */
export interface BudgetMeasureView {
  measure: BudgetMeasure;
  /** `tokens`, `calls`, `ms`, or the currency. */
  unit: string;
  limit: number;
  used: number;
  /** Of `used`: reserved and not told yet what was really spent. */
  reserved: number;
  left: number;
  /** The most that one call used; 0 without any. */
  largest: number;
}

/** One budget of `GET /api/budgets`. Times are epoch ms. */
export interface BudgetView {
  name: string;
  /** Whose spending counts; null: everybody's. */
  agents: readonly string[] | null;
  /** Only spending for this capability and what is below it; null: any. */
  capability: string | null;
  window: BudgetWindow;
  meter: BudgetMeter;
  /** When the window began; of a rolling one where it begins now. */
  startsAt: number;
  /** When all of it is there again; null when that is never, or bit by bit. */
  resetsAt: number | null;
  measures: readonly BudgetMeasureView[];
  /** Reservations that are open now. */
  open: number;
  /** Refused for this budget since the daemon started. */
  refused: number;
  /** Who set limits that are not those of the fleet file, and when; null while those of the file hold. */
  overridden: { by: string; at: number } | null;
}

/** Spending that was stopped. `target` is an agent, a budget, or `*` for all. */
export interface FreezeView {
  target: string;
  by: string;
  reason: string;
  /** Epoch ms. */
  at: number;
  /** Whoever could spend was ended, too, and stays so until it is released. */
  endsAgents?: boolean;
}

/** One reservation: what may be spent now. */
export interface ReservationView {
  id: string;
  agent: string;
  capability: string | null;
  /** Budgets it counts against; empty when none limits this. */
  budgets: readonly string[];
  reserved: Spending;
  at: number;
  /**
   * Who has not told by then what was spent has spent all that was reserved. What passes is counted without the wall clock; a call that the
   * daemon carries holds until it ends.
   */
  expiresAt: number;
}
