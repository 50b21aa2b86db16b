import type { DreamnetError } from '@dreamnet/kit';
import { PAST_SLOT, type SlotMoves } from './budget-account.js';
import type { Charge, Hold } from './hold.js';

/** How often what has expired is looked for. */
const SWEEP_EVERY_MS = 1000;

/** Reservations that are open. */
export class HoldBook {
  readonly #holds = new Map<string, Hold>();
  readonly #openOf = new Map<string, number>();
  #sweptMs = Number.NEGATIVE_INFINITY;

  get(id: string): Hold | undefined {
    return this.#holds.get(id);
  }

  list(): Iterable<Hold> {
    return this.#holds.values();
  }

  /** What is open of one budget. */
  *chargesTo(budget: string): Iterable<{ id: string; charge: Charge }> {
    for (const { id, charges } of this.#holds.values())
      for (const charge of charges) if (charge.budget === budget) yield { id, charge };
  }

  /** What is open of one budget counts where its account counts it now. @returns the ids of what was open */
  move(budget: string, moves: SlotMoves): string[] {
    return [...this.chargesTo(budget)].map(({ id, charge }) => {
      charge.slot = moves.get(charge.slot) ?? PAST_SLOT;
      return id;
    });
  }

  openOf(agent: string): number {
    return this.#openOf.get(agent) ?? 0;
  }

  add(hold: Hold): void {
    this.#holds.set(hold.id, hold);
    this.#count(hold.spender.agent, 1);
  }

  drop(hold: Hold): void {
    if (this.#holds.delete(hold.id)) this.#count(hold.spender.agent, -1);
  }

  /** Stops those that the test finds. @returns how many were not stopped before */
  stop(isMeant: (hold: Hold) => boolean, reason: DreamnetError): number {
    let stopped = 0;
    for (const hold of this.#holds.values())
      if (!hold.stop.signal.aborted && isMeant(hold)) {
        hold.stop.abort(reason);
        stopped += 1;
      }
    return stopped;
  }

  /**
   * Takes out those nobody settled in time: what they hold is spent. Looks once a second at most.
   *
   * @param nowMs By `clock.monotonic()`.
   */
  sweep(nowMs: number): Hold[] {
    if (nowMs - this.#sweptMs < SWEEP_EVERY_MS) return [];
    this.#sweptMs = nowMs;
    const expired = [...this.#holds.values()].filter((hold) => isExpired(hold, nowMs));
    for (const hold of expired) this.drop(hold);
    return expired;
  }

  #count(agent: string, by: 1 | -1): void {
    const open = this.openOf(agent) + by;
    if (open > 0) this.#openOf.set(agent, open);
    else this.#openOf.delete(agent);
  }
}

/** A call tells in any case: when it is over, however long that takes. */
function isExpired({ isCall, at, expiresAt, beganMs }: Hold, nowMs: number): boolean {
  return !isCall && nowMs - beganMs >= expiresAt - at;
}
