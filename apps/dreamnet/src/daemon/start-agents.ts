import { DreamnetError } from '@dreamnet/kit';
import type { LoadedFleet } from '../config/load.js';
import type { AgentFleet } from './agent-fleet.js';
import { toGroups } from './group-plan.js';
import type { DaemonParts } from './parts.js';

/**
 * Starts agents in order, each when what it comes after is ready. Resolves when all have been started but those who wait. What
 * cannot start says so in its state.
 *
 * @param what `actor`: by whom. A function is asked when somebody's turn has come; undefined: nobody starts it any more.
 */
export async function startAgents(
  parts: DaemonParts,
  fleet: AgentFleet,
  { names, actor }: { names: readonly string[]; actor: string | ((name: string) => string | undefined) },
): Promise<void> {
  const wanted = new Set(names);
  for (const name of fleet.startPlan().order) {
    if (!wanted.has(name)) continue;
    const by = typeof actor === 'string' ? actor : actor(name);
    if (by === undefined) continue;
    // Whoever waits must not keep those from starting who need not.
    if (fleet.mustWait(name)) void tellTrouble(parts, name, fleet.startInOrder(name, by));
    else await tellTrouble(parts, name, fleet.start(name, by));
  }
}

/** One that cannot start holds nobody else up; its state and its gap say what is missing. */
export async function tellTrouble(
  parts: DaemonParts,
  name: string,
  starting: Promise<unknown>,
): Promise<void> {
  await starting.catch((thrown) => {
    const error = DreamnetError.from(thrown);
    if (error.code !== 'DN_AGENT_NOT_STARTED') parts.onTrouble(`${name}: ${error.code}: ${error.message}`);
  });
}

/** Takes over the groups of a fleet file: the order of starts, and who is restarted with whom. */
export function useGroups(parts: DaemonParts, fleet: AgentFleet, loaded: LoadedFleet): void {
  fleet.useOrder(loaded);
  const groups = toGroups(loaded.fleet.groups, fleet.membersOf);
  parts.supervisor.setGroups(groups, (id, signal) => fleet.mayStart(id, signal));
}
