import type { FreezeView } from '@dreamnet/contracts';
import { agentOf, EVERYTHING } from '@dreamnet/os-linker';
import type { AgentEntry } from '../config/schema.js';
import { programError } from '../errors.js';
import type { DaemonParts } from './parts.js';
import { endingFreeze } from './spending/ending-freeze.js';
import { createStoppedBook, type StoppedBook } from './stopped-book.js';

/** `freeze`: whose end brings it back. `deadlineMs`: instead of its own. */
export interface StopHow {
  freeze?: string;
  deadlineMs?: number;
}

/** Who is to stay stopped: because somebody stopped it, or because a freeze keeps it ended. */
export interface StandingStops {
  /** Who was stopped, why, and stays so. */
  readonly book: StoppedBook;
  isStopped(agent: string): boolean;
  /** The freeze that keeps an agent ended; undefined without one. */
  endingFreeze(agent: string): FreezeView | undefined;
  /** @throws DN_AGENT_FROZEN for an agent that a freeze keeps ended. */
  checkStart(agent: string): void;
  /** As `checkStart`, for whoever is no person. @param id An agent or a replica. @throws DN_AGENT_FROZEN, DN_AGENT_STOPPED */
  checkRemedy(id: string): void;
  /** A daemon that was killed while it brought back whom a freeze had ended leaves the rest to the next one. */
  forgetOldFreeze(agent: string): Promise<void>;
}

/**
 * @param entryOf An agent's entry of the fleet file in force.
 * @param listeners Told when somebody is newly stopped, at the moment that stands.
 */
export function createStandingStops(
  { store, budgets, lateWrites }: Pick<DaemonParts, 'store' | 'budgets' | 'lateWrites'>,
  entryOf: (agent: string) => AgentEntry | undefined,
  listeners: Iterable<{ stopped(): void }>,
): StandingStops {
  const book = createStoppedBook(store, lateWrites, () => {
    for (const listener of listeners) listener.stopped();
  });
  const freezeOf = (agent: string) => endingFreeze(budgets, agent, entryOf(agent));
  const checkStart = (agent: string) => {
    const freeze = freezeOf(agent);
    if (!freeze) return;
    const { by, reason, target } = freeze;
    throw programError('DN_AGENT_FROZEN', {
      ...{ name: agent, by },
      reason: reason === '' ? '' : ` (${reason})`,
      what: target === EVERYTHING ? '' : ` ${target}`,
    });
  };
  return {
    book,
    isStopped: (agent) => book.get(agent) !== undefined || freezeOf(agent) !== undefined,
    endingFreeze: freezeOf,
    checkStart,
    checkRemedy: (id) => {
      const agent = agentOf(id);
      checkStart(agent);
      const stopped = book.get(agent) ?? book.get(id);
      if (stopped) throw programError('DN_AGENT_STOPPED', { name: stopped.agent, by: stopped.by });
    },
    forgetOldFreeze: async (agent) => {
      const freeze = book.get(agent)?.freeze ?? null;
      const isInForce = budgets.freezes().some(({ target }) => target === freeze);
      if (freeze !== null && !isInForce) await book.remove([agent]);
    },
  };
}

/** Why nothing starts it by itself, in words; undefined when something may. */
export function whyStopped({ book }: StandingStops, agent: string): string | undefined {
  const record = book.get(agent);
  if (!record) return undefined;
  const { freeze, by } = record;
  if (freeze === null) return `stopped by ${by}; 'dreamnet start ${agent}' starts it`;
  const what = freeze === EVERYTHING ? 'all spending' : freeze;
  return `ended by the freeze of ${what} by ${by}; 'dreamnet thaw' brings it back`;
}
