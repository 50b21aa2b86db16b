import type { ActivitySample } from './health.js';
import type { ResourceLimits } from './local-process.js';

/** What a whole process tree uses at one moment; its counters grow from the start of the run on. */
export interface UsageReading extends ActivitySample {
  /** Of `ioBytes`, what went to or came from a disk. */
  readonly diskBytes: number;
  /** Memory in use, pages that processes share counted for each of them. */
  readonly residentBytes: number;
  readonly processes: number;
  readonly threads: number;
  /** Open descriptors. */
  readonly openFiles: number;
  /** Time over which the rates were taken, ms: since the reading before. 0 for the first, which has none. */
  readonly spanMs: number;
  /** Cores in use: 0.5 is half of one. null before the second reading. */
  readonly cpu: number | null;
  readonly ioBytesPerSecond: number | null;
}

/** What one agent uses, and what it may use. */
export interface ProcessUsage extends UsageReading {
  /** What its cgroup is charged with, its files in the page cache included; null when it has no cgroup for memory. */
  readonly cgroupMemoryBytes: number | null;
  /** The limits that are in force, without those that could not be enforced. */
  readonly limits: ResourceLimits;
}

/** Share of the last ten seconds, in percent, in which some or all of the work waited. */
export interface PressureReading {
  readonly some: number;
  readonly full: number;
}

/** How much work waits for each resource; those the kernel does not measure are left out. */
export interface Pressure {
  readonly cpu?: PressureReading;
  readonly memory?: PressureReading;
  readonly io?: PressureReading;
}

/** What a run ran short of: named only when the kernel itself has counted it. */
export type Shortage = 'memory' | 'pids' | 'machine-memory';

/** What is known of a run's resources at its end. */
export interface ExitResources {
  /** Most telling first; empty when nothing ran short. */
  readonly shortages: readonly Shortage[];
  /** Processes that the kernel ended in this run for lack of memory. */
  readonly memoryKills: number;
  readonly memoryPeakBytes?: number;
  /** Forks and threads that its limit of pids refused in this run. */
  readonly forksRefused: number;
  /** How long its CPU limit held it back in this run. */
  readonly throttledMs: number;
  /** The limits that were in force. */
  readonly limits: ResourceLimits;
  /** Of its cgroup, else of the whole machine. */
  readonly pressure?: Pressure & { readonly of: 'process' | 'machine' };
  /** The last reading before the end, if anybody had looked. */
  readonly lastUse?: Pick<UsageReading, 'residentBytes' | 'cpu' | 'processes' | 'openFiles'>;
}
