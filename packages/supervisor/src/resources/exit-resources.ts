import type { ExitResources, Shortage, UsageReading } from '@dreamnet/contracts';
import type { CgroupFigures } from './cgroup-figures.js';
import type { Confinement } from './cgroups.js';
import type { MachineGauge } from './machine-gauge.js';

/** Of the last ten seconds: a machine that ends processes for memory has spent far more of them on looking for some. */
const SCARCE_PERCENT = 10;

/** Where the kernel's counters stood when a run began. */
export interface ResourceMark {
  readonly figures: CgroupFigures | undefined;
  readonly machineKills: number;
}

/** Sets the mark a run's end is compared with. */
export function markResources(confinement: Confinement | null, machine: MachineGauge): ResourceMark {
  confinement?.beginRun();
  return { figures: confinement?.figures(), machineKills: machine.read().memoryKills };
}

export interface EndedResources {
  readonly mark: ResourceMark;
  readonly confinement: Confinement | null;
  readonly machine: MachineGauge;
  readonly lastUse: UsageReading | undefined;
  /** Ended by SIGKILL, which the kernel uses when memory is short. */
  readonly wasKilled: boolean;
}

/** What a run used and ran short of; undefined when nothing was measured and nothing is known. */
export function exitResources(ended: EndedResources): ExitResources | undefined {
  const { mark, confinement, machine, lastUse, wasKilled } = ended;
  const now = confinement?.figures();
  const counted = {
    memoryKills: since(now?.memoryKills, mark.figures?.memoryKills),
    forksRefused: since(now?.forksRefused, mark.figures?.forksRefused),
    throttledMs: since(now?.throttledMs, mark.figures?.throttledMs),
  };
  const isMachineShort = wasKilled && isShortOfMemory(machine, mark);
  const shortages = shortagesOf({ ...counted, isMachineShort });
  if (!confinement && !lastUse && shortages.length === 0) return undefined;
  const machinePressure = wasKilled && !now?.pressure ? machine.read().pressure : undefined;
  return {
    shortages,
    ...counted,
    ...(now?.memoryPeakBytes !== undefined && { memoryPeakBytes: now.memoryPeakBytes }),
    limits: confinement?.limits ?? {},
    ...(now?.pressure && { pressure: { ...now.pressure, of: 'process' as const } }),
    ...(machinePressure && { pressure: { ...machinePressure, of: 'machine' as const } }),
    ...(lastUse && { lastUse: shown(lastUse) }),
  };
}

/** In words, for the reason of an exit. */
export const SHORTAGE_REASONS: Readonly<Record<Shortage, string>> = {
  memory: 'the kernel ended it or a child of it: its memory limit was reached',
  pids: 'its limit of pids refused it new processes',
  'machine-memory': 'the machine was out of memory, for which the kernel ends processes',
};

interface Counted {
  readonly memoryKills: number;
  readonly forksRefused: number;
  readonly isMachineShort: boolean;
}

/** Asked in this order. */
const SHORTAGES: readonly { readonly shortage: Shortage; readonly isSeen: (counted: Counted) => boolean }[] =
  [
    { shortage: 'memory', isSeen: ({ memoryKills }) => memoryKills > 0 },
    {
      shortage: 'machine-memory',
      isSeen: ({ isMachineShort, memoryKills }) => memoryKills === 0 && isMachineShort,
    },
    { shortage: 'pids', isSeen: ({ forksRefused }) => forksRefused > 0 },
  ];

/**
 * The kernel's count of the machine includes whatever reached a limit of its own, at any time of the run: only together
 * with work that waits for memory now does it tell of a machine without any.
 */
function isShortOfMemory(machine: MachineGauge, { machineKills }: ResourceMark): boolean {
  const { memoryKills, pressure } = machine.read();
  return memoryKills > machineKills && (pressure?.memory?.some ?? 0) >= SCARCE_PERCENT;
}

function shortagesOf(counted: Counted): Shortage[] {
  return SHORTAGES.filter(({ isSeen }) => isSeen(counted)).map(({ shortage }) => shortage);
}

/** A counter that fell belongs to a cgroup that was made anew. */
function since(now: number | undefined, before: number | undefined): number {
  const grown = (now ?? 0) - (before ?? 0);
  return grown >= 0 ? grown : (now ?? 0);
}

function shown({
  residentBytes,
  cpu,
  processes,
  openFiles,
}: UsageReading): NonNullable<ExitResources['lastUse']> {
  return { residentBytes, cpu, processes, openFiles };
}
