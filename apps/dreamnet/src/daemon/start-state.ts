import type { AgentFleet } from './agent-fleet-interface.js';
import type { DaemonParts } from './parts.js';
import type { StartState } from './start-gate.js';

/**
 * Where somebody stands for those who start after it. Ready means: seen to serve since its process began. A process
 * that nothing can be asked of is ready as soon as it runs.
 */
export function startStateOf(
  parts: DaemonParts,
  fleet: Pick<AgentFleet, 'find' | 'isComing' | 'isRenewed' | 'idsOf' | 'isReplicated'>,
  name: string,
): StartState {
  // What serves now is about to be replaced: whoever comes after it comes after those that take its place.
  if (fleet.isRenewed(name)) return 'coming';
  if (!fleet.isReplicated(name)) return processState(parts, fleet, name);
  const ids = fleet.idsOf(name);
  // Scaled to zero: whoever calls it is served.
  if (ids.length === 0) return 'ready';
  const states = ids.map((id) => processState(parts, fleet, id));
  return (['ready', 'coming'] as const).find((state) => states.includes(state)) ?? 'not_coming';
}

function processState(
  parts: DaemonParts,
  fleet: Pick<AgentFleet, 'find' | 'isComing'>,
  name: string,
): StartState {
  const agent = fleet.find(name);
  if (!agent) return subsystemState(parts, name);
  if (agent.problems.length > 0) return 'not_coming';
  const process = parts.supervisor.get(name);
  const phase = process?.phase ?? 'idle';
  if (phase === 'exited') return 'not_coming';
  if (phase === 'idle') {
    const isUnderWay = parts.linker.getProcess(name)?.status === 'pending';
    return isUnderWay || fleet.isComing(agent.agent) ? 'coming' : 'not_coming';
  }
  if (phase !== 'running') return 'coming';
  const { entry } = agent;
  if (entry.protocol === 'none' && entry.health.probe === undefined) return 'ready';
  const readiness = parts.core.health(name)?.axes.readiness;
  // Older than the process means: of the one before it.
  const isItsOwn = readiness !== undefined && readiness.since >= (process?.startedAt ?? 0);
  return isItsOwn && readiness.state === 'ready' ? 'ready' : 'coming';
}

/** What runs elsewhere is waited for only where something tells how it is. */
function subsystemState({ core, loaded }: DaemonParts, name: string): StartState {
  const entry = loaded().fleet.subsystems[name];
  if (entry?.probe === undefined && entry?.heartbeat === undefined) return 'not_coming';
  return core.health(name)?.axes.readiness.state === 'ready' ? 'ready' : 'coming';
}
