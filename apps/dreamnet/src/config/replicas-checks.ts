import { programError } from '../errors.js';
import type { LoadedFleet } from './load.js';
import { PORT_PLACEHOLDER } from './replicas-schema.js';
import type { AgentEntry } from './schema.js';
import { showPlace } from './source.js';

/** Metrics the daemon measures itself; any other name is one that is reported. */
export const OWN_METRICS = ['cpu', 'inflight', 'queue', 'demand'] as const;
const WITHOUT_CALLS: ReadonlySet<string> = new Set(['none', 'heartbeat']);

/** Is every process of it given a port of its own? */
export function hasPortOfItsOwn({ endpoint }: AgentEntry): boolean {
  return endpoint?.includes(PORT_PLACEHOLDER) ?? false;
}

/** Why two processes of it cannot run side by side; undefined when they can. */
export function besideProblem(agent: AgentEntry): string | undefined {
  if (agent.endpoint === undefined || hasPortOfItsOwn(agent)) return undefined;
  return `its endpoint ${agent.endpoint} has a fixed port, which only one process can have; write ${PORT_PLACEHOLDER} for the port and let it listen on the variable PORT`;
}

/** Replicas that could not all run, and scaling by what cannot be measured. @throws DN_CONFIG_INCOMPLETE */
export function checkReplicas(loaded: LoadedFleet): void {
  const { agents, subsystems } = loaded.fleet;
  for (const [name, agent] of Object.entries(agents)) {
    const found = problemOf(
      agent,
      (other) => Object.hasOwn(agents, other) || Object.hasOwn(subsystems, other),
    );
    if (found)
      throw programError('DN_CONFIG_INCOMPLETE', {
        place: showPlace(loaded.placeOf(['agents', name, ...found.at])),
        name,
        why: found.why,
      });
  }
}

function problemOf(
  agent: AgentEntry,
  isKnown: (name: string) => boolean,
): { at: string[]; why: string } | undefined {
  const { replicas, scale } = agent;
  if (replicas !== undefined && scale)
    return { at: ['replicas'], why: 'scale says how many there are; leave replicas or scale out' };
  const beside = Math.max(replicas ?? 1, scale?.max ?? 1) > 1 ? besideProblem(agent) : undefined;
  if (beside !== undefined) return { at: ['endpoint'], why: beside };
  if (agent.maxInFlight !== undefined && WITHOUT_CALLS.has(agent.protocol))
    return {
      at: ['maxInFlight'],
      why: `it limits calls, and the protocol '${agent.protocol}' has none`,
    };
  if (!scale) return undefined;
  const isOwn = OWN_METRICS.some((metric) => metric === scale.metric);
  if (scale.of !== undefined && (isOwn || !isKnown(scale.of)))
    return {
      at: ['scale', 'of'],
      why: isOwn
        ? `'${scale.metric}' is measured here; 'of' goes with a metric that is reported`
        : `'${scale.of}' is neither an agent nor a subsystem here`,
    };
  const needsCalls = isOwn && scale.metric !== 'cpu';
  if (needsCalls && WITHOUT_CALLS.has(agent.protocol))
    return {
      at: ['scale'],
      why: `'${scale.metric}' counts calls, and the protocol '${agent.protocol}' has none; scale on cpu or on a reported metric`,
    };
  if (scale.min === 0 && agent.capabilities.length === 0 && scale.of === undefined)
    return {
      at: ['scale', 'min'],
      why: 'nothing would ever start it again: it has no capabilities to be called',
    };
  return undefined;
}
