import type { FreezeView } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import { EVERYTHING } from '@dreamnet/os-linker';
import { programError } from '../../errors.js';
import type { AgentFleet } from '../agent-fleet.js';
import { firstUnkept, recordOrLater } from '../late-writes.js';
import type { DaemonParts } from '../parts.js';
import { withdrawFrozen } from '../why-not-routed.js';
import { type BroughtBack, bringBack, type EndedSpenders, endSpenders } from './ended-spenders.js';

/** What somebody wants frozen. */
export interface FreezeWish {
  /** An agent or a budget; left out: everything. */
  name?: string | undefined;
  reason?: string | undefined;
  /** End whoever could spend, too. */
  stop?: boolean | undefined;
}

/** What a freeze did. `withdrawn`: agents that are no longer routed to. */
export interface FreezeAnswer {
  freeze: FreezeView;
  cancelled: number;
  withdrawn: readonly string[];
  /** Where agents were to be ended, too. */
  ended?: EndedSpenders;
  /** Where agents were to be ended: why the death of the daemon would end the freeze; left out when it would not. */
  notKept?: string;
}

/** What the end of a freeze did. */
export type ReleaseAnswer = BroughtBack & { released: FreezeView };

/** Stops spending and lets it go on; keeps the routes true to it. */
export interface FreezeDesk {
  /**
   * Calls and reservations are refused before this returns its promise; it resolves once that is on disk.
   *
   * @throws DN_BUDGET_NOT_KEPT; then it is in force, and written down as soon as the store takes it. Where agents are ended, too, that
   *   is not thrown but part of the answer.
   */
  freeze(wish: FreezeWish, actor: string): Promise<FreezeAnswer>;
  /** @throws DN_BUDGET_NOT_FROZEN */
  release(name: string | undefined, actor: string): Promise<ReleaseAnswer>;
}

/** Who hears of a freeze. */
export interface FreezeListener {
  /** Of each agent whose routes may come back. */
  reroute: (name: string) => void;
  /** Routes were withdrawn: calls that wait are to hear of it. */
  frozen: () => void;
}

/** @param heard Told while freezes come and go. */
export function createFreezeDesk(parts: DaemonParts, fleet: AgentFleet, heard: FreezeListener): FreezeDesk {
  const { budgets, bgp, core, clock } = parts;
  const targetOf = (name: string | undefined): string => {
    if (name === undefined) return EVERYTHING;
    // One replica spends for all of them.
    const agent = fleet.find(name)?.agent ?? name;
    if (fleet.record(agent) || budgets.views().some((budget) => budget.name === name)) return agent;
    throw programError('DN_API_NOT_FOUND', { kind: 'agent or budget', name });
  };
  const withdraw = (): string[] =>
    fleet.list().flatMap(({ name, agent }) => {
      if (!budgets.frozen({ agent }) || bgp.routesOf(name).length === 0) return [];
      withdrawFrozen(parts, fleet, name);
      return [name];
    });
  return {
    freeze: async ({ name, reason = '', stop = false }, by) => {
      const target = targetOf(name);
      const endsAgents = stop || budgets.freezes().some((one) => one.target === target && one.endsAgents);
      const freeze: FreezeView = { target, by, reason, at: clock.now(), ...(endsAgents && { endsAgents }) };
      // The effect comes first, here unlike elsewhere: who burns money is stopped even if nothing can be written.
      const writing = budgets.freeze(freeze);
      const withdrawn = withdraw();
      heard.frozen();
      const ending = stop ? endSpenders(parts, fleet, { target, by }) : undefined;
      const [{ cancelled, failure }, over] = await Promise.all([outcomeOf(writing), ending]);
      if (failure) await parts.lateWrites.keep({ what: `the freeze of ${target}`, write: budgets.catchUp });
      const details = { reason, cancelled, withdrawn, ...(over && summaryOf(over.ended)) };
      const unrecorded = await recordOrLater(parts, {
        actor: by,
        action: 'spending.freeze',
        target,
        details,
      });
      if (failure && !over) throw failure;
      const notKept = firstUnkept([failure && String(failure.details.reason), over?.unnoted, unrecorded]);
      return {
        ...{ freeze, cancelled, withdrawn },
        ...(over && { ended: over.ended }),
        ...(notKept !== undefined && { notKept }),
      };
    },
    release: async (name, by) => {
      // Frozen may also be one that is no longer in the fleet file.
      const target = name === undefined ? EVERYTHING : (fleet.find(name)?.agent ?? name);
      const isFrozen = budgets.freezes().some((freeze) => freeze.target === target);
      if (isFrozen) await core.audit.record({ actor: by, action: 'spending.release', target });
      const released = await budgets.release(target, by);
      for (const agent of fleet.list()) heard.reroute(agent.name);
      return { released, ...(await bringBack(parts, fleet, { target, by })) };
    },
  };
}

/** @throws what is not about the store */
async function outcomeOf(writing: Promise<number>): Promise<{ cancelled: number; failure?: DreamnetError }> {
  try {
    return { cancelled: await writing };
  } catch (thrown) {
    const failure = DreamnetError.from(thrown);
    const { cancelled } = failure.details;
    if (failure.code !== 'DN_BUDGET_NOT_KEPT' || typeof cancelled !== 'number') throw failure;
    return { cancelled, failure };
  }
}

function summaryOf({ stopped, notStopped }: EndedSpenders) {
  return { ended: stopped.map(({ id }) => id), notEnded: notStopped.map(({ id }) => id) };
}
