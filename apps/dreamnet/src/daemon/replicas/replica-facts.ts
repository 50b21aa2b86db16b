import { howItEnded } from '@dreamnet/kit';
import { groupOf } from '../../config/start-plan.js';
import type { AgentFleet } from '../agent-fleet-interface.js';
import type { FleetAgent } from '../agent-processes.js';
import type { DaemonParts } from '../parts.js';
import { hasSettled } from './replica-entry.js';

/** Does it serve: its process lives, and what it is asked by is answered? */
export function isServing(parts: DaemonParts, agent: FleetAgent): boolean {
  const supervised = parts.supervisor.get(agent.name);
  if (!supervised?.identity || supervised.phase !== 'running') return false;
  if (!hasSettled(agent.entry, supervised.ranMs)) return false;
  return parts.core.health(agent.name)?.axes.readiness.state === 'ready';
}

/** Does it work on something: a call of ours, or work it tells of itself? */
export function isWorking(parts: DaemonParts, id: string): boolean {
  if (parts.calls.inFlight(id) > 0) return true;
  if (!parts.supervisor.get(id)?.identity) return false;
  const { axes, inFlight } = parts.core.health(id) ?? {};
  // Its own word counts at once; the axis says for a while that something has moved.
  if (inFlight === 0) return false;
  return (
    axes?.readiness.state === 'ready' &&
    (axes.progress.state === 'moving' || axes.progress.state === 'stuck' || axes.progress.state === 'looping')
  );
}

/** Has it a process that does not serve yet, and is within the time a new one is given for that? */
export function isBooting(parts: DaemonParts, fleet: Pick<AgentFleet, 'find'>, id: string): boolean {
  const process = fleet.find(id);
  const supervised = parts.supervisor.get(id);
  if (!process || !supervised?.identity || supervised.ranMs === null) return false;
  if (parts.core.health(id)?.axes.readiness.state === 'ready') return false;
  return supervised.ranMs < process.entry.rolling.readyWithin;
}

/** The group of an agent that gave up, or whose members are being restarted: it is no time to count. */
export function unsettledGroup({ loaded, supervisor }: DaemonParts, agent: string): string | undefined {
  const name = groupOf(loaded().fleet.groups, agent);
  if (name === null) return undefined;
  const phase = supervisor.groups().find((group) => group.name === name)?.phase ?? 'running';
  return phase === 'running' || phase === 'idle' ? undefined : name;
}

/** Why it will not run any more by itself; undefined while it may. */
export function endOfTries(parts: DaemonParts, id: string): string | undefined {
  const supervised = parts.supervisor.get(id);
  const exit = supervised?.lastExit;
  const how = exit ? ` (last: ${howItEnded(exit)})` : '';
  if (supervised?.phase === 'broken') return `it crashes again and again${how}`;
  if (supervised?.phase === 'exited') return `it ended by itself${how}`;
  return undefined;
}
