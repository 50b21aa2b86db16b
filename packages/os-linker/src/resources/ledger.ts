import type { BudgetAmounts, BudgetView, FreezeView, ReservationView, Spending } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import { pickAmounts } from './amounts.js';
import type { SlotMoves } from './budget-account.js';
import { BudgetBook, limitsOf, toOverride } from './budget-book.js';
import type { BudgetDefinition, Spender } from './budget-definition.js';
import { budgetError } from './budget-errors.js';
import { toBudgetView } from './budget-view.js';
import type { Budgets, BudgetsOptions, ReserveOutcome, ReserveRequest, Settlement } from './budgets.js';
import { priceOf } from './estimate.js';
import { createFreezes, frozenError, showTarget } from './freezes.js';
import { createHold, type Hold, heldByBudget, reviveHold, toHoldRecord, toReservationView } from './hold.js';
import { HoldBook } from './hold-book.js';
import { createLedgerClock } from './ledger-clock.js';
import { accountKey, holdKey, LEDGER, readFreezes, readLedger } from './ledger-records.js';
import { createLedgerWriter, type LedgerKey } from './ledger-writer.js';
import { createRefusalNews } from './refusal-news.js';
import { readSpending } from './spending.js';
import { checkCurrency, countSpent, planSpending } from './spending-plan.js';

const DEFAULT_HOLD_MS = 600_000;
const LONGEST_HOLD_MS = 24 * 3_600_000;
/** More than any agent has in flight; a hostile one would fill the memory with reservations of nothing. */
const MOST_OPEN = 10_000;
const SEEN: LedgerKey = { collection: LEDGER.clock, key: 'seen' };

/** What a failed write leaves behind, for whoever asked. */
const FREEZE = { change: 'the freeze', now: 'It is in force, and a restart would lose it' };
const RELEASE = { change: 'the release', now: 'It stays frozen' };
const LIMITS = { change: 'its new limits', now: 'The old ones hold' };
const RESET = { change: 'its reset', now: 'It is in force, and a restart would lose it' };
const SETTLED = {
  change: 'what was spent',
  now: 'It is counted now; after a restart all that was reserved counts',
};

/** The one place where spending is counted. Decisions are made in one turn of the event loop; only writing waits. */
export class Ledger implements Budgets {
  readonly #options: BudgetsOptions;
  readonly #book = new BudgetBook();
  readonly #holds = new HoldBook();
  readonly #freezes = createFreezes();
  readonly #writer;
  readonly #clock;
  readonly #news;
  #definitions: readonly BudgetDefinition[] = [];
  /** Why nobody knows what was spent; undefined once it is known. */
  #areFreezesKnown = false;
  #unread: string | undefined = 'what was spent before has not been read yet';

  constructor(options: BudgetsOptions) {
    this.#options = options;
    this.#clock = createLedgerClock(options.clock);
    this.#news = createRefusalNews(options);
    this.#writer = createLedgerWriter(options.store, (key) => this.#recordOf(key));
  }

  async open(): Promise<void> {
    if (this.#unread === undefined) return;
    try {
      const { store } = this.#options;
      for (const freeze of await readFreezes(store))
        if (!this.#freezes.get(freeze.target)) this.#freezes.add(freeze);
      this.#areFreezesKnown = true;
      const records = await readLedger(store);
      this.#clock.remember(records.seenAt);
      this.#book.load(records.accounts, records.overrides);
      // Nobody will ever tell what a call of a dead daemon cost: what was reserved for it is spent.
      const ended = records.holds.filter(({ isCall }) => isCall);
      for (const record of records.holds)
        if (!record.isCall) this.#holds.add(reviveHold(record, this.#beginOf(record)));
      this.#unread = undefined;
      this.configure(this.#definitions);
      if (ended.length > 0) this.#keepLater(ended.map(({ id }) => holdKey(id)));
    } catch (thrown) {
      this.#unread = `what was spent before cannot be read: ${DreamnetError.from(thrown).message}`;
      this.#options.publish('store.failed', 'budgets', { operation: 'read', error: this.#unread });
    }
  }

  configure(definitions: readonly BudgetDefinition[]): void {
    this.#definitions = definitions;
    // Before the past is known an account would begin empty.
    const changes = this.#book.configure(this.#clock.now(), definitions);
    const changed = [...changes].flatMap(([name, { forgotten, moves }]) => [
      ...(moves ? this.#follow(name, moves) : []),
      ...(forgotten === undefined ? [] : this.#changeCurrency(name, forgotten)),
    ]);
    // As long as what is on disk is not known, nothing is written over it.
    if (changed.length > 0 && this.#unread === undefined) this.#keepLater(changed);
  }

  /** What is reserved is found again where its account counts it now: both are written down together. */
  #follow(name: string, moves: SlotMoves): LedgerKey[] {
    return [accountKey(name), ...this.#holds.move(name, moves).map(holdKey)];
  }

  /** What is reserved in the old currency counts as nothing in the new one, until somebody tells what was spent. */
  #changeCurrency(name: string, currency: string): LedgerKey[] {
    const keys: LedgerKey[] = [accountKey(name)];
    for (const { id, charge } of this.#holds.chargesTo(name))
      if (charge.amounts.money !== undefined) {
        charge.amounts = { ...charge.amounts, money: 0 };
        keys.push(holdKey(id));
      }
    this.#options.publish('budget.changed', name, {
      change: 'currency',
      by: 'fleet file',
      forgotten: currency,
    });
    return keys;
  }

  async reserve(request: ReserveRequest): Promise<ReserveOutcome> {
    let hold: Hold;
    try {
      hold = this.#take(request);
    } catch (thrown) {
      return this.#refuse(request, DreamnetError.from(thrown));
    }
    try {
      if (hold.charges.length > 0) await this.#writer.keep(this.#keysOf(hold));
    } catch (thrown) {
      this.#giveBack(hold);
      return this.#refuse(request, storeFailed(request.agent, hold.budgets, thrown));
    }
    const { signal } = hold.stop;
    if (!signal.aborted)
      return { ok: true, reservation: { view: toReservationView(hold, this.#currencyOf(hold)), signal } };
    // Frozen while it was written: nothing was spent yet.
    this.#giveBack(hold);
    this.#keepLater(this.#keysOf(hold));
    return this.#refuse(request, DreamnetError.from(signal.reason));
  }

  async settle(id: string, { agent, used = {}, isUnspent = false }: Settlement): Promise<void> {
    const hold = this.#holds.get(id);
    if (!hold || hold.spender.agent !== agent)
      throw budgetError('DN_BUDGET_UNKNOWN_RESERVATION', { id, agent });
    const told = readSpending(used);
    if (isUnspent) this.#giveBack(hold);
    else countSpent(hold, this.#book, { now: this.#clock.now(), told, elapsedMs: this.#elapsedMs(hold) });
    this.#holds.drop(hold);
    if (hold.charges.length > 0) await this.#keep(this.#keysOf(hold), agent, SETTLED);
  }

  report(spender: Spender, spent: BudgetAmounts): void {
    const now = this.#clock.now();
    const { tokens, money } = spent;
    const changed = this.#book.covering(spender).filter(({ definition }) => definition.meter === 'reports');
    for (const { definition, account } of changed) {
      const { tokenPrice } = definition;
      const isPriced = tokenPrice !== undefined && money === undefined && tokens !== undefined;
      account.charge(now, isPriced ? { ...spent, money: priceOf(tokens, tokenPrice) } : spent);
    }
    if (changed.length > 0) this.#keepLater(changed.map(({ definition }) => accountKey(definition.name)));
  }

  async freeze(freeze: FreezeView): Promise<number> {
    // First the effect: whoever stops spending must not wait for a disk.
    this.#freezes.add(freeze);
    const cancelled = this.#holds.stop(
      ({ spender, budgets }) => this.#freezes.find(spender.agent, budgets) !== undefined,
      frozenError(freeze, true),
    );
    this.#options.publish('spending.frozen', freeze.target, { freeze, cancelled });
    const how = { ...FREEZE, cancelled };
    await this.#keep([{ collection: LEDGER.freezes, key: freeze.target }], freeze.target, how);
    return cancelled;
  }

  async release(target: string, by: string): Promise<FreezeView> {
    const freeze = this.#freezes.get(target);
    if (!freeze) {
      const others = this.#freezes.list().map((one) => showTarget(one.target));
      const frozen = others.length === 0 ? '' : `; frozen: ${others.join(', ')}`;
      throw budgetError('DN_BUDGET_NOT_FROZEN', { target: showTarget(target), frozen });
    }
    this.#freezes.remove(target);
    try {
      await this.#keep([{ collection: LEDGER.freezes, key: target }], target, RELEASE);
    } catch (thrown) {
      this.#freezes.add(freeze);
      throw thrown;
    }
    this.#options.publish('spending.released', target, { by });
    return freeze;
  }

  freezes(): readonly FreezeView[] {
    return this.#freezes.list();
  }

  frozen(spender: Spender): FreezeView | undefined {
    return this.#freezes.find(
      spender.agent,
      this.#book.covering(spender).map(({ definition }) => definition.name),
    );
  }

  covers(budget: string, spender: Spender): boolean {
    return this.#book.covering(spender).some(({ definition }) => definition.name === budget);
  }

  views(): BudgetView[] {
    const now = this.#clock.now();
    const held = heldByBudget(this.#holds.list());
    return this.#book.list().map((budget) => toBudgetView(budget, now, held.get(budget.definition.name)));
  }

  view(name: string): BudgetView {
    return toBudgetView(this.#book.get(name), this.#clock.now(), heldByBudget(this.#holds.list()).get(name));
  }

  reservations(): ReservationView[] {
    return [...this.#holds.list()].map((hold) => toReservationView(hold, this.#currencyOf(hold)));
  }

  async setLimits(name: string, limits: Spending | undefined, by: string): Promise<BudgetView> {
    const { definition, override } = this.#book.get(name);
    const at = this.#clock.now();
    if (limits === undefined) this.#book.override(at, name, undefined);
    else {
      const told = readSpending(limits);
      checkCurrency({ name, currency: definition.currency ?? 'none' }, told);
      this.#book.override(at, name, toOverride(override, told, { by, at }));
    }
    try {
      await this.#keep([{ collection: LEDGER.overrides, key: name }], name, LIMITS);
    } catch (thrown) {
      this.#book.override(at, name, override);
      throw thrown;
    }
    this.#options.publish('budget.changed', name, { change: 'limits-set', by });
    return this.view(name);
  }

  async reset(name: string, by: string): Promise<BudgetView> {
    const budget = this.#book.get(name);
    const { account, definition } = budget;
    const keys: LedgerKey[] = [accountKey(name), SEEN, ...this.#vouchForClock()];
    const now = this.#clock.now();
    account.reset(definition.reserve);
    for (const { id, charge } of this.#holds.chargesTo(name)) {
      // It may be spent any moment; of what has no limit now nothing counts.
      charge.amounts = pickAmounts(charge.amounts, limitsOf(budget));
      charge.slot = account.charge(now, charge.amounts);
      keys.push(holdKey(id));
    }
    await this.#keep(keys, name, RESET);
    this.#options.publish('budget.changed', name, { change: 'reset', by });
    return this.view(name);
  }

  readonly catchUp = (): Promise<void> => this.#writer.keep([]);

  close(): Promise<void> {
    return this.#writer.flush();
  }

  /** Who resets a budget says that the clock is right. @returns accounts that had counted in the future */
  #vouchForClock(): LedgerKey[] {
    if (!this.#clock.vouch()) return [];
    const now = this.#clock.now();
    return this.#book
      .list()
      .flatMap(({ definition, account }) => this.#follow(definition.name, account.rebase(now)));
  }

  /** Decides and takes without a wait in between: of two who ask at once only one gets the last of it. @throws why not */
  #take(request: ReserveRequest): Hold {
    const { agent, capability, isCall = false } = request;
    const spender: Spender = { agent, ...(capability !== undefined && { capability }) };
    const covering = this.#book.covering(spender);
    const budgets = covering.map(({ definition }) => definition.name);
    const freeze = this.#freezes.find(agent, budgets);
    if (freeze) throw frozenError(freeze);
    // What is frozen concerns also those whom no budget covers.
    if (covering.length > 0 || !this.#areFreezesKnown) this.#refuseGuesses(agent, budgets);
    const now = this.#clock.now();
    const nowMs = this.#options.clock.monotonic();
    const expired = this.#holds.sweep(nowMs).flatMap((hold) => this.#keysOf(hold));
    if (expired.length > 0) this.#keepLater(expired);
    if (this.#holds.openOf(agent) >= MOST_OPEN)
      throw budgetError('DN_BUDGET_TOO_MANY_OPEN', { agent, limit: MOST_OPEN, delivered: false });
    const told = readSpending(request.told ?? {});
    const planned = planSpending(now, { spender, isCall, told }, covering);
    const hold = createHold({
      ...{ spender, isCall, budgets, at: now },
      expiresAt: now + Math.min(LONGEST_HOLD_MS, request.holdMs ?? DEFAULT_HOLD_MS),
      beganMs: nowMs,
    });
    for (const { budget, amounts } of planned) {
      const slot = budget.account.charge(now, amounts);
      hold.charges.push({ budget: budget.definition.name, slot, amounts });
    }
    this.#holds.add(hold);
    return hold;
  }

  /** @throws when the past or the time is not known */
  #refuseGuesses(agent: string, budgets: readonly string[]): void {
    if (this.#unread !== undefined) throw storeFailed(agent, budgets, this.#unread);
    const wrong = this.#clock.problem();
    if (!wrong) return;
    throw budgetError('DN_BUDGET_CLOCK_UNSURE', {
      agent,
      budget: budgets.join(', '),
      before: new Date(wrong.before).toISOString(),
      now: new Date(wrong.now).toISOString(),
      delivered: false,
    });
  }

  #refuse({ agent }: ReserveRequest, refusal: DreamnetError): ReserveOutcome {
    const { budget } = refusal.details;
    const name = typeof budget === 'string' ? budget : null;
    const found = name === null ? undefined : this.#book.find(name);
    if (found) found.refused += 1;
    this.#news.tell(agent, refusal, name);
    return { ok: false, refusal };
  }

  #giveBack(hold: Hold): void {
    const now = this.#clock.now();
    for (const charge of hold.charges) this.#book.accountOf(charge.budget)?.correct(now, charge, {});
    this.#holds.drop(hold);
  }

  /** What passed between two daemons only the clock tells; from now on it is counted without. */
  #beginOf({ at }: Pick<Hold, 'at'>): number {
    return this.#options.clock.monotonic() - Math.max(0, this.#clock.now() - at);
  }

  #elapsedMs({ beganMs }: Hold): number {
    return Math.ceil(Math.max(0, this.#options.clock.monotonic() - beganMs));
  }

  #currencyOf({ charges }: Hold): string | undefined {
    return charges.map(({ budget }) => this.#book.find(budget)?.definition.currency).find(Boolean);
  }

  #keysOf({ id, charges }: Hold): LedgerKey[] {
    return [holdKey(id), ...charges.map(({ budget }) => accountKey(budget)), SEEN];
  }

  /** The record as it is now; undefined when it is to be deleted. */
  #recordOf({ collection, key }: LedgerKey): unknown {
    switch (collection) {
      case LEDGER.accounts:
        return this.#book.accountRecord(key);
      case LEDGER.holds: {
        const hold = this.#holds.get(key);
        return hold && toHoldRecord(hold);
      }
      case LEDGER.overrides:
        return this.#book.overrideRecord(key);
      case LEDGER.freezes:
        return this.#freezes.get(key);
      default:
        return this.#clock.seenAt;
    }
  }

  async #keep(
    keys: readonly LedgerKey[],
    target: string,
    how: { change: string; now: string; cancelled?: number },
  ): Promise<void> {
    try {
      await this.#writer.keep(keys);
    } catch (thrown) {
      const reason = DreamnetError.from(thrown).message;
      throw budgetError('DN_BUDGET_NOT_KEPT', { target, ...how, reason });
    }
  }

  #keepLater(keys: readonly LedgerKey[]): void {
    this.#writer.keep(keys).catch((thrown: unknown) => {
      const error = DreamnetError.from(thrown).message;
      this.#options.publish('store.failed', 'budgets', { operation: 'budgets', error });
    });
  }
}

function storeFailed(agent: string, budgets: readonly string[], thrown: unknown): DreamnetError {
  const reason = typeof thrown === 'string' ? thrown : DreamnetError.from(thrown).message;
  return budgetError('DN_BUDGET_STORE_FAILED', {
    agent,
    budget: budgets.join(', '),
    reason,
    delivered: false,
  });
}
