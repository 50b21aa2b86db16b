import type { ProcessUsage, PsEntry } from '@dreamnet/contracts';
import type { Family } from './exposition.js';

interface UsageFamily {
  readonly name: string;
  readonly type: Family['type'];
  readonly help: string;
  readonly value: (usage: ProcessUsage) => number | null;
}

const FAMILIES: readonly UsageFamily[] = [
  {
    name: 'dreamnet_agent_cpu_seconds_total',
    type: 'counter',
    help: 'CPU time of the agent and its children in this run.',
    value: ({ cpuMs }) => cpuMs / 1000,
  },
  {
    name: 'dreamnet_agent_resident_bytes',
    type: 'gauge',
    help: 'Resident memory of the agent and its children.',
    value: ({ residentBytes }) => residentBytes,
  },
  {
    name: 'dreamnet_agent_cgroup_memory_bytes',
    type: 'gauge',
    help: 'Memory the cgroup of the agent is charged with.',
    value: ({ cgroupMemoryBytes }) => cgroupMemoryBytes,
  },
  {
    name: 'dreamnet_agent_io_bytes_total',
    type: 'counter',
    help: 'Bytes the agent and its children have read and written in this run.',
    value: ({ ioBytes }) => ioBytes,
  },
  {
    name: 'dreamnet_agent_processes',
    type: 'gauge',
    help: 'Processes of the agent.',
    value: ({ processes }) => processes,
  },
  {
    name: 'dreamnet_agent_open_files',
    type: 'gauge',
    help: 'Open descriptors of the agent and its children.',
    value: ({ openFiles }) => openFiles,
  },
];

/** What agents use, for Prometheus. */
export function usageFamilies(agents: readonly PsEntry[]): Family[] {
  return FAMILIES.map(({ name, type, help, value }) => ({
    ...{ name, type, help },
    samples: agents.flatMap(({ name: agent, usage }) => {
      const amount = usage ? value(usage) : null;
      return amount === null ? [] : [[{ agent }, amount] as const];
    }),
  }));
}
