import type { SupervisedProcess } from '@dreamnet/contracts';
import type { AgentFleet } from './agent-fleet-interface.js';
import type { DaemonParts } from './parts.js';
import type { StartState } from './start-gate.js';
import { toldStart } from './told-start.js';

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
  const isItsOwn = readiness !== undefined && isOfProcess(readiness.since, process, parts.clock.now());
  return isItsOwn && readiness.state === 'ready' ? 'ready' : 'coming';
}

/**
 * Was something told of this process? What is older than it is of the one before it. The clock may have been set between its start and
 * the telling, so that one is by another clock than the other.
 *
 * @param at When it was told, epoch ms.
 * @param now Epoch ms.
 */
export function isOfProcess(
  at: number,
  process: Pick<SupervisedProcess, 'startedAt' | 'ranMs'> | undefined,
  now: number,
): boolean {
  if (!process) return true;
  return at >= Math.min(process.startedAt ?? 0, toldStart(process, now) ?? 0);
}

/** What runs elsewhere is waited for only where something tells how it is. */
function subsystemState({ core, loaded }: DaemonParts, name: string): StartState {
  const entry = loaded().fleet.subsystems[name];
  if (entry?.probe === undefined && entry?.heartbeat === undefined) return 'not_coming';
  return core.health(name)?.axes.readiness.state === 'ready' ? 'ready' : 'coming';
}
