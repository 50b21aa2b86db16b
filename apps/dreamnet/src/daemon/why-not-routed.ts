import type { FreezeView } from '@dreamnet/contracts';
import { agentOf } from '@dreamnet/os-linker';
import type { AgentFleet } from './agent-fleet.js';
import type { DaemonParts } from './parts.js';
import { whyStopped } from './standing-stops.js';

/**
 * What somebody wanted that keeps an agent or a replica from being called, in words: the freeze of its spending first, for a start
 * alone does not end that.
 *
 * @param id An agent or a replica.
 * @returns undefined when nobody wanted it.
 */
export function whyKeptOff(
  { budgets }: Pick<DaemonParts, 'budgets'>,
  { stops }: Pick<AgentFleet, 'stops'>,
  id: string,
): string | undefined {
  const agent = agentOf(id);
  const freeze = budgets.frozen({ agent });
  const stopped = whyStopped(stops, agent) ?? whyStopped(stops, id);
  if (!freeze) return stopped;
  return stopped === undefined ? frozenBecause(freeze) : `${frozenBecause(freeze)}; ${stopped}`;
}

/** Why a process is not routed to now: what somebody wanted, or else how it is. Undefined when nothing is known of it. */
export function whyNotRouted(
  parts: Pick<DaemonParts, 'budgets' | 'core'>,
  fleet: Pick<AgentFleet, 'stops'>,
  id: string,
): string | undefined {
  return whyKeptOff(parts, fleet, id) ?? parts.core.health(id)?.axes.readiness.reason;
}

/** Takes back the routes of whoever is frozen. Whoever looks for it is told of the freeze, and once that is over how it is. */
export function withdrawFrozen(
  parts: Pick<DaemonParts, 'bgp' | 'budgets' | 'core'>,
  fleet: Pick<AgentFleet, 'stops'>,
  id: string,
): void {
  parts.bgp.withdraw(id, 'all', () => whyNotRouted(parts, fleet, id) ?? 'its spending was frozen');
}

function frozenBecause({ by, reason }: FreezeView): string {
  return `its spending is frozen by ${by}${reason === '' ? '' : `: ${reason}`}`;
}
