import type { ScaleView } from '@dreamnet/contracts';
import type { Family } from './exposition.js';

interface LoadFamily {
  readonly name: string;
  readonly help: string;
  readonly value: (scale: ScaleView) => number;
}

const FAMILIES: readonly LoadFamily[] = [
  {
    name: 'dreamnet_agent_replicas_desired',
    help: 'Processes the agent should have.',
    value: ({ desired }) => desired,
  },
  {
    name: 'dreamnet_agent_replicas_serving',
    help: 'Processes of the agent that serve.',
    value: ({ serving }) => serving,
  },
  {
    name: 'dreamnet_agent_calls_in_flight',
    help: 'Calls the processes of the agent work on.',
    value: ({ replicas }) => replicas.reduce((sum, { inFlight }) => sum + inFlight, 0),
  },
  {
    name: 'dreamnet_agent_calls_waiting',
    help: 'Calls that wait until a process of the agent serves, or has room.',
    value: ({ held }) => held,
  },
];

/** How many processes each agent has, and what is asked of them. */
export function loadFamilies(scales: readonly ScaleView[]): Family[] {
  return FAMILIES.map(({ name, help, value }) => ({
    ...{ name, help, type: 'gauge' as const },
    samples: scales.map((scale) => [{ agent: scale.agent }, value(scale)] as const),
  }));
}
