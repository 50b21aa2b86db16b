import type { ExitResources, ProcessUsage, PsEntry } from '@dreamnet/contracts';
import { type Column, showTable } from './table.js';
import { paint, showDuration, type Terminal } from './terminal.js';

/** What agents can be sorted by; the most comes first, names from A. */
export const USAGE_ORDERS = ['cpu', 'memory', 'io', 'processes', 'files', 'status', 'name'] as const;
export type UsageOrder = (typeof USAGE_ORDERS)[number];

const UNITS = ['B', 'K', 'M', 'G', 'T'] as const;

/** `0`, `512B`, `54.2M`, `1.3G`: bytes in the five columns a table has for them, in powers of 1024. */
export function showBytes(bytes: number): string {
  let amount = bytes;
  let unit = 0;
  while (amount >= 1000 && unit < UNITS.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  if (bytes === 0) return '0';
  return `${amount < 99.95 && unit > 0 ? amount.toFixed(1) : Math.round(amount)}${UNITS[unit]}`;
}

/** Cores as a share of one: `0.4%`, `12%`, `150%`. */
export function showCores(cores: number): string {
  const percent = cores * 100;
  return `${percent < 9.95 ? percent.toFixed(1) : Math.round(percent)}%`;
}

/** The worst first: by what is asked for, then by name. Agents without a process come last. */
export function sortByUsage(agents: readonly PsEntry[], order: UsageOrder): PsEntry[] {
  const value = VALUES[order];
  return [...agents].sort(
    (one, other) => value(other) - value(one) || (one.name < other.name ? -1 : one.name > other.name ? 1 : 0),
  );
}

/** Each agent, and after it its spare where that uses something, as a line of its own. */
export function withSpares(agents: readonly PsEntry[]): PsEntry[] {
  return agents.flatMap((agent) => {
    const { spare } = agent;
    if (!spare?.usage) return [agent];
    const { usage, startedAt, identity } = spare;
    const name = `${agent.name} (spare)`;
    return [agent, { ...agent, name, usage, startedAt, pid: identity?.pid ?? null, restarts: 0 }];
  });
}

/** The table of `top`. */
export function showUsageTable(terminal: Terminal, agents: readonly PsEntry[], now: number): string {
  return showTable(terminal, withSpares(agents), { columns: columnsOf(terminal, now), empty: 'No agents.' });
}

/** What all agents use together, in one line. */
export function showTotals(terminal: Terminal, agents: readonly PsEntry[]): string {
  const all = withSpares(agents).flatMap(({ usage }) => usage ?? []);
  const running = agents.filter(({ usage }) => usage !== null).length;
  const sum = (of: (usage: ProcessUsage) => number | null) =>
    all.reduce((total, usage) => total + (of(usage) ?? 0), 0);
  const parts = [
    `${running} of ${agents.length} agents run`,
    `cpu ${showCores(sum(({ cpu }) => cpu))}`,
    `memory ${showBytes(sum(({ residentBytes }) => residentBytes))}`,
    `io ${showBytes(sum(({ ioBytesPerSecond }) => ioBytesPerSecond))}/s`,
    `${sum(({ processes }) => processes)} processes`,
  ];
  return terminal.colors.dim(parts.join(', '));
}

/** What is known of the resources of a run that ended, a fact each; empty when nothing is. */
export function exitResourceLines(resources: ExitResources | undefined): string[] {
  if (!resources) return [];
  const { memoryPeakBytes, limits, forksRefused, throttledMs, pressure, lastUse } = resources;
  const limit = limits.memoryBytes === undefined ? '' : ` of ${showBytes(limits.memoryBytes)}`;
  const some = pressure?.memory && `${pressure.memory.some}% of the last 10 s waited for memory`;
  return [
    ...(memoryPeakBytes === undefined ? [] : [`memory at most ${showBytes(memoryPeakBytes)}${limit}`]),
    ...(forksRefused > 0 ? [`${forksRefused} forks refused by the limit of pids`] : []),
    ...(throttledMs > 0 ? [`held back ${showDuration(throttledMs)} by the limit of cpu`] : []),
    ...(some ? [`${some} (${pressure.of === 'machine' ? 'the whole machine' : 'its own'})`] : []),
    ...(lastUse
      ? [`last seen with ${showBytes(lastUse.residentBytes)} in ${lastUse.processes} processes`]
      : []),
  ];
}

const VALUES: Readonly<Record<UsageOrder, (agent: PsEntry) => number>> = {
  cpu: ({ usage }) => usage?.cpu ?? -1,
  memory: ({ usage }) => usage?.residentBytes ?? -1,
  io: ({ usage }) => usage?.ioBytesPerSecond ?? -1,
  processes: ({ usage }) => usage?.processes ?? -1,
  files: ({ usage }) => usage?.openFiles ?? -1,
  status: (agent) => (isWell(agent) ? 0 : 1),
  name: () => 0,
};

function isWell({ health }: PsEntry): boolean {
  const { liveness, readiness, progress } = health;
  const isMoving = progress.state !== 'stuck' && progress.state !== 'looping';
  return liveness.state === 'alive' && readiness.state === 'ready' && isMoving;
}

function columnsOf(terminal: Terminal, now: number): Column<PsEntry>[] {
  const used = (heading: string, show: (usage: ProcessUsage) => string, spare?: number): Column<PsEntry> => ({
    heading,
    cell: ({ usage }) => (usage ? show(usage) : '-'),
    ...(spare === undefined ? {} : { spare }),
  });
  return [
    { heading: 'AGENT', isElastic: true, cell: ({ name }) => name },
    { heading: 'STATUS', cell: ({ status }) => paint(terminal, status) },
    used('CPU', ({ cpu, limits }) => limited(cpu === null ? '-' : showCores(cpu), limits.cpu, showCores)),
    used('MEMORY', ({ residentBytes, limits }) =>
      limited(showBytes(residentBytes), limits.memoryBytes, showBytes),
    ),
    used('IO/S', ({ ioBytesPerSecond: io }) => (io === null ? '-' : showBytes(io))),
    used('PROCS', ({ processes, limits }) => limited(`${processes}`, limits.pids, String), 2),
    used('FILES', ({ openFiles }) => `${openFiles}`, 1),
    {
      heading: 'UP',
      spare: 3,
      cell: ({ startedAt }) => (startedAt === null ? '-' : showDuration(now - startedAt)),
    },
    { heading: 'RESTARTS', spare: 4, cell: ({ restarts }) => `${restarts}` },
  ];
}

function limited(text: string, limit: number | undefined, show: (limit: number) => string): string {
  return limit === undefined ? text : `${text}/${show(limit)}`;
}
