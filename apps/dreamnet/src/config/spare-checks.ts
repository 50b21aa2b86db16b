import { programError } from '../errors.js';
import type { LoadedFleet } from './load.js';
import type { AgentEntry } from './schema.js';
import { showPlace } from './source.js';

/** Spares of agents that cannot have one. @throws DN_CONFIG_INCOMPLETE */
export function checkSpares(loaded: LoadedFleet): void {
  for (const [name, agent] of Object.entries(loaded.fleet.agents)) {
    if (agent.spare.count === 0 || !isOverPipes(agent)) continue;
    throw programError('DN_CONFIG_INCOMPLETE', {
      place: showPlace(loaded.placeOf(['agents', name, 'spare'])),
      name,
      why: `it speaks ${agent.protocol} over its own pipes, and a conversation cannot be handed to another process; leave spare out, or give it an endpoint`,
    });
  }
}

function isOverPipes({ protocol, endpoint }: AgentEntry): boolean {
  return protocol === 'acp' || (protocol === 'mcp' && endpoint === undefined);
}
