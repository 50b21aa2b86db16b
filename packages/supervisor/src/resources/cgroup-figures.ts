import { join } from 'node:path';
import type { Pressure } from '@dreamnet/contracts';
import { readCgroupFile, writeCgroupFile } from './cgroup-file.js';
import { readPressure } from './pressure.js';

/** What the kernel counted in the cgroups of one process since they were made; 0 and undefined: it does not count. */
export interface CgroupFigures {
  /** Processes it ended for lack of memory. */
  readonly memoryKills: number;
  /** Most memory at one time. */
  readonly memoryPeakBytes: number | undefined;
  /** Forks and new threads it refused. */
  readonly forksRefused: number;
  /** How long processes were held back because the CPU allowance was used up. */
  readonly throttledMs: number;
  readonly pressure: Pressure | undefined;
}

/** A figure, and by which files and lines v1 and v2 tell it. */
interface Source {
  readonly file: string;
  readonly pattern: RegExp;
  /** Of the kernel's unit in ours. */
  readonly unit?: number;
}

const MEMORY_KILLS: readonly Source[] = [
  { file: 'memory.oom_control', pattern: /^oom_kill (\d+)/m },
  { file: 'memory.events', pattern: /^oom_kill (\d+)/m },
];
const MEMORY_PEAK: readonly Source[] = [
  { file: 'memory.max_usage_in_bytes', pattern: /^(\d+)/ },
  { file: 'memory.peak', pattern: /^(\d+)/ },
];
const MEMORY_NOW: readonly Source[] = [
  { file: 'memory.usage_in_bytes', pattern: /^(\d+)/ },
  { file: 'memory.current', pattern: /^(\d+)/ },
];
const FORKS_REFUSED: readonly Source[] = [{ file: 'pids.events', pattern: /^max (\d+)/m }];
const THROTTLED: readonly Source[] = [
  { file: 'cpu.stat', pattern: /^throttled_time (\d+)/m, unit: 1e-6 },
  { file: 'cpu.stat', pattern: /^throttled_usec (\d+)/m, unit: 1e-3 },
];

/** Reads all figures of a process's directories. */
export function readFigures(directories: readonly string[]): CgroupFigures {
  return {
    memoryKills: figure(directories, MEMORY_KILLS) ?? 0,
    memoryPeakBytes: figure(directories, MEMORY_PEAK),
    forksRefused: figure(directories, FORKS_REFUSED) ?? 0,
    throttledMs: Math.round(figure(directories, THROTTLED) ?? 0),
    pressure: pressureOf(directories),
  };
}

/** What the cgroup is charged with now; undefined without one for memory. */
export function memoryNow(directories: readonly string[]): number | undefined {
  return figure(directories, MEMORY_NOW);
}

/** Begins the peak anew where the kernel allows it (v1 and, since Linux 6.12, v2). */
export function resetPeak(directories: readonly string[]): void {
  for (const directory of directories)
    for (const { file } of MEMORY_PEAK) writeCgroupFile(join(directory, file), '0');
}

function figure(directories: readonly string[], sources: readonly Source[]): number | undefined {
  for (const directory of directories) {
    for (const { file, pattern, unit = 1 } of sources) {
      const found = pattern.exec(readCgroupFile(join(directory, file)))?.[1];
      if (found !== undefined) return Number(found) * unit;
    }
  }
  return undefined;
}

function pressureOf(directories: readonly string[]): Pressure | undefined {
  for (const directory of directories) {
    const pressure = readPressure((resource) => join(directory, `${resource}.pressure`));
    if (pressure) return pressure;
  }
  return undefined;
}
