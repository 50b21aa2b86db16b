import { type DreamnetError, howItEnded } from '@dreamnet/kit';
import { frozenError } from '@dreamnet/os-linker';
import { programError } from '../../errors.js';
import type { AgentFleet } from '../agent-fleet.js';
import type { DaemonParts } from '../parts.js';
import { whyStopped } from '../standing-stops.js';
import { endOfTries, unsettledGroup } from './replica-facts.js';

/** What a call is told that waits for an agent which is no longer in the fleet file. */
export function goneError(agent: string): DreamnetError {
  return notRunning(agent, 'it is no longer in the fleet file');
}

/**
 * Why an agent will not serve a capability, however long it is waited for: its spending is frozen, somebody stopped it, the fleet
 * file has it no more, its group gave up, or none of its processes is tried any more. Nothing was asked of it.
 *
 * @returns undefined while it may serve yet
 */
export function willNotServe(
  parts: DaemonParts,
  fleet: AgentFleet,
  { agent, capability }: { agent: string; capability: string },
): DreamnetError | undefined {
  const freeze = parts.budgets.frozen({ agent, capability });
  if (freeze) return frozenError(freeze);
  if (!fleet.names().includes(agent)) return goneError(agent);
  if (!fleet.namesFor(capability).includes(agent)) return notRunning(agent, 'it has this capability no more');
  const stopped = whyStopped(fleet.stops, agent);
  if (stopped !== undefined) return notRunning(agent, stopped);
  const group = unsettledGroup(parts, agent);
  const phase = parts.supervisor.groups().find(({ name }) => name === group)?.phase;
  if (phase === 'broken') return notRunning(agent, `its group '${group}' gave up`);
  const ids = fleet.idsOf(agent);
  const reasons = ids.map((id) => whyStopped(fleet.stops, id) ?? whyNotTried(parts, fleet, id));
  const [first] = reasons;
  return first === undefined || reasons.includes(undefined) ? undefined : notRunning(agent, first);
}

/** Why a process that was started is not tried any more by itself; undefined while it is. */
export function whyNotTried(parts: DaemonParts, fleet: AgentFleet, id: string): string | undefined {
  return fleet.find(id)?.problems[0]?.description ?? endOfTries(parts, id);
}

/** How a process ended that was to be the first one, as the end of a clause; empty when none did. */
export function lastEnd({ supervisor }: DaemonParts, fleet: AgentFleet, agent: string): string {
  const exits = fleet.idsOf(agent).flatMap((id) => supervisor.get(id)?.lastExit ?? []);
  const last = exits.sort((left, right) => left.at - right.at).at(-1);
  return last ? `; last it ended with ${howItEnded(last)}` : '';
}

function notRunning(name: string, because: string): DreamnetError {
  return programError('DN_AGENT_NOT_RUNNING', { name, because, delivered: false });
}
