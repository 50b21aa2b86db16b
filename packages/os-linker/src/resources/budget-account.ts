import {
  BUDGET_MEASURES,
  type BudgetAmounts,
  type BudgetMeasure,
  type BudgetWindow,
} from '@dreamnet/contracts';
import { addAmounts, pickAmounts, type Totals } from './amounts.js';
import { calendarWindow, type WindowSpan } from './calendar-window.js';

/** A rolling window moves on by this share of its length. */
const ROLLING_SLOTS = 60;

/** What would go over a limit. `freeAt` is epoch ms; null when it never fits. */
export interface Shortfall {
  measure: BudgetMeasure;
  used: number;
  limit: number;
  asked: number;
  freeAt: number | null;
}

/** Where what was charged counts now, by the slot it was charged to; what was charged to any other counts no longer. */
export type SlotMoves = ReadonlyMap<number, number>;

/** No slot: what was charged counts no longer. */
export const PAST_SLOT = -1;

/** What other terms did to what counts. */
export interface TermsChange {
  /** The currency that was counted until now, when its money was forgotten. */
  forgotten: string | undefined;
  /** With another window. */
  moves: SlotMoves | undefined;
}

/** What is on disk of an account. */
export interface AccountRecord {
  window: BudgetWindow;
  /** Of the money; left out when none is limited. */
  currency?: string | undefined;
  slots: readonly (readonly [startAt: number, totals: BudgetAmounts])[];
  largest: BudgetAmounts;
}

/**
 * What was spent and reserved in the window of one budget. A rolling window is kept in sixtieths, and a sixtieth counts
 * until its last moment is out: rather a little longer than too short.
 */
export interface BudgetAccount {
  /** Where the window stands at this moment. */
  span(now: number): WindowSpan;
  used(now: number): BudgetAmounts;
  /** The most that one call used. */
  readonly largest: BudgetAmounts;
  /** Of the money that was counted; undefined when none was limited yet. */
  readonly currency: string | undefined;
  /** What is in the way of spending so much; undefined when nothing is. */
  shortfall(now: number, amounts: BudgetAmounts): Shortfall | undefined;
  /** Counts an amount from now on. @returns the slot it is in, for `correct` */
  charge(now: number, amounts: BudgetAmounts): number;
  /**
   * What was charged turned out to be something else, also of a measure whose limit is gone since: it may come back. Of a slot that is past
   * only what is more counts, and now.
   */
  correct(now: number, was: { slot: number; amounts: BudgetAmounts }, real: BudgetAmounts): void;
  /**
   * Remembers what one call used. One that was dearer than the whole limit stands for the others only until another one shows
   * that calls fit.
   */
  noteLargest(real: BudgetAmounts): void;
  /**
   * Forgets what was spent; and what calls cost, where there is a reserve to go by instead: without either nobody could estimate
   * a call any more.
   */
  reset(reserve: BudgetAmounts): void;
  /** The clock was ahead: what was spent in the future was spent now. */
  rebase(now: number): SlotMoves;
  /**
   * Other limits, another window or currency. What counts in the old window counts in the new one, but for money of another
   * currency: nobody knows how much it is in the new one.
   */
  configure(now: number, to: AccountTerms): TermsChange;
  toRecord(): AccountRecord;
}

export interface AccountTerms {
  window: BudgetWindow;
  limits: BudgetAmounts;
  currency?: string | undefined;
}

/** An account, empty or as it was written down; what was written down is brought to other terms by `configure`. */
export function createBudgetAccount(terms: AccountTerms, stored?: AccountRecord): BudgetAccount {
  return new Account(terms, stored);
}

class Account implements BudgetAccount {
  #window: BudgetWindow;
  #limits: BudgetAmounts;
  #currency: string | undefined;
  readonly #slots = new Map<number, Totals>();
  #sums: Totals = {};
  #largest: Totals = {};
  /** The calendar is asked once a window, not once a call. */
  #span: WindowSpan = { startAt: 0, endAt: 0 };

  constructor({ window, limits, currency }: AccountTerms, stored?: AccountRecord) {
    this.#window = stored?.window ?? window;
    this.#limits = limits;
    this.#currency = stored?.currency ?? currency;
    for (const [startAt, totals] of stored?.slots ?? []) this.#slots.set(startAt, { ...totals });
    this.#largest = { ...stored?.largest };
    this.#sum();
  }

  get largest(): BudgetAmounts {
    return this.#largest;
  }

  get currency(): string | undefined {
    return this.#currency;
  }

  span(now: number): WindowSpan {
    const window = this.#window;
    if (window.kind === 'rolling') return { startAt: now - window.lengthMs, endAt: null };
    const { startAt, endAt } = this.#span;
    if (now < startAt || (endAt !== null && now >= endAt))
      this.#span = calendarWindow(now, window.per, window.timeZone);
    return this.#span;
  }

  used(now: number): BudgetAmounts {
    this.#prune(now);
    return this.#sums;
  }

  shortfall(now: number, amounts: BudgetAmounts): Shortfall | undefined {
    const used = this.used(now);
    for (const measure of BUDGET_MEASURES) {
      const limit = this.#limits[measure];
      const asked = amounts[measure] ?? 0;
      const spent = used[measure] ?? 0;
      // What has no more room is used up, also for a call that asks for nothing of it.
      if (limit === undefined || (spent + asked <= limit && spent < limit)) continue;
      return { measure, used: spent, limit, asked, freeAt: this.#freeAt(now, measure, asked) };
    }
    return undefined;
  }

  charge(now: number, amounts: BudgetAmounts): number {
    this.#prune(now);
    const slot = this.#slotOf(now);
    const counted = pickAmounts(amounts, this.#limits);
    const totals = this.#slots.get(slot) ?? {};
    addAmounts(totals, counted);
    addAmounts(this.#sums, counted);
    this.#slots.set(slot, totals);
    return slot;
  }

  correct(now: number, was: { slot: number; amounts: BudgetAmounts }, real: BudgetAmounts): void {
    this.#prune(now);
    const totals = this.#slots.get(was.slot);
    if (totals) {
      addAmounts(totals, was.amounts, -1);
      addAmounts(totals, pickAmounts(real, { ...this.#limits, ...was.amounts }));
      this.#sum();
      return;
    }
    const more: Totals = {};
    for (const measure of BUDGET_MEASURES)
      more[measure] = Math.max(0, (real[measure] ?? 0) - (was.amounts[measure] ?? 0));
    this.charge(now, more);
  }

  noteLargest(real: BudgetAmounts): void {
    for (const measure of BUDGET_MEASURES) {
      const seen = this.#largest[measure] ?? 0;
      const told = real[measure] ?? 0;
      const limit = this.#limits[measure] ?? Number.POSITIVE_INFINITY;
      this.#largest[measure] = seen > limit && told > 0 ? told : Math.max(seen, told);
    }
  }

  reset(reserve: BudgetAmounts): void {
    this.#forgetSpent();
    for (const measure of BUDGET_MEASURES) if (reserve[measure] !== undefined) delete this.#largest[measure];
  }

  #forgetSpent(): void {
    this.#slots.clear();
    this.#sums = {};
  }

  rebase(now: number): SlotMoves {
    this.#span = { startAt: 0, endAt: 0 };
    const current = this.#slotOf(now);
    const moves = new Map([...this.#slots.keys()].map((slot) => [slot, Math.min(slot, current)]));
    const totals = this.#slots.get(current) ?? {};
    for (const [slot, ahead] of [...this.#slots])
      if (slot > current) {
        addAmounts(totals, ahead);
        this.#slots.delete(slot);
      }
    this.#slots.set(current, totals);
    return moves;
  }

  configure(now: number, { window, limits, currency }: AccountTerms): TermsChange {
    this.#limits = limits;
    const forgotten = currency === undefined ? undefined : this.#count(currency);
    return { forgotten, moves: this.#keepIn(now, window) };
  }

  /** @returns the currency whose money was forgotten, if another one was counted until now */
  #count(currency: string): string | undefined {
    const before = this.#currency;
    this.#currency = currency;
    if (before === undefined || before === currency) return undefined;
    for (const totals of this.#slots.values()) delete totals.money;
    delete this.#largest.money;
    this.#sum();
    return before;
  }

  #keepIn(now: number, window: BudgetWindow): SlotMoves | undefined {
    if (JSON.stringify(window) === JSON.stringify(this.#window)) return undefined;
    const counted = { ...this.used(now) };
    const slots = [...this.#slots.keys()];
    this.#forgetSpent();
    this.#window = window;
    this.#span = { startAt: 0, endAt: 0 };
    const current = this.#slotOf(now);
    this.#slots.set(current, counted);
    this.#sum();
    return new Map(slots.map((slot) => [slot, current]));
  }

  toRecord(): AccountRecord {
    const slots = [...this.#slots].map(([startAt, totals]) => [startAt, { ...totals }] as const);
    return { window: this.#window, currency: this.#currency, slots, largest: { ...this.#largest } };
  }

  #slotOf(now: number): number {
    if (this.#window.kind === 'calendar') return this.span(now).startAt;
    const lengthMs = slotMs(this.#window.lengthMs);
    return Math.floor(now / lengthMs) * lengthMs;
  }

  /** First moment at which this slot counts no longer. */
  #endOf(slot: number): number {
    if (this.#window.kind === 'rolling') return slot + slotMs(this.#window.lengthMs) + this.#window.lengthMs;
    const { startAt, endAt } = this.#span;
    return slot < startAt ? startAt : (endAt ?? Number.POSITIVE_INFINITY);
  }

  #prune(now: number): void {
    this.span(now);
    let isChanged = false;
    for (const slot of this.#slots.keys())
      if (this.#endOf(slot) <= now) isChanged = this.#slots.delete(slot) || isChanged;
    if (isChanged) this.#sum();
  }

  #sum(): void {
    this.#sums = {};
    for (const totals of this.#slots.values()) addAmounts(this.#sums, totals);
  }

  #freeAt(now: number, measure: BudgetMeasure, asked: number): number | null {
    const limit = this.#limits[measure] ?? 0;
    if (asked > limit || limit === 0) return null;
    const room = Math.max(asked, 1);
    let left = this.used(now)[measure] ?? 0;
    for (const [slot, totals] of [...this.#slots].sort(([a], [b]) => a - b)) {
      left -= totals[measure] ?? 0;
      const endAt = this.#endOf(slot);
      if (left + room <= limit) return Number.isFinite(endAt) ? endAt : null;
    }
    return null;
  }
}

function slotMs(lengthMs: number): number {
  return Math.max(1, Math.ceil(lengthMs / ROLLING_SLOTS));
}
