import type { Clock, Pressure } from '@dreamnet/contracts';
import { readCgroupFile } from './cgroup-file.js';
import { readPressure } from './pressure.js';

/** A fleet that ends at once asks once. */
const READING_AGE_MS = 100;

/** What the kernel tells of the whole machine. */
export interface MachineReading {
  /** Processes it has ended since boot for lack of memory, limits of cgroups included. */
  readonly memoryKills: number;
  readonly pressure: Pressure | undefined;
}

/** Reads the machine's shortages; a reading serves for a tenth of a second. */
export interface MachineGauge {
  read(): MachineReading;
}

/** @param procRoot Default `/proc`. */
export function createMachineGauge(clock: Clock, procRoot = '/proc'): MachineGauge {
  let atMs = Number.NEGATIVE_INFINITY;
  let last: MachineReading = { memoryKills: 0, pressure: undefined };
  return {
    read: () => {
      const nowMs = clock.monotonic();
      if (nowMs - atMs < READING_AGE_MS) return last;
      atMs = nowMs;
      const kills = /^oom_kill (\d+)/m.exec(readCgroupFile(`${procRoot}/vmstat`))?.[1];
      const pressure = readPressure((resource) => `${procRoot}/pressure/${resource}`);
      last = { memoryKills: Number(kills ?? 0), pressure };
      return last;
    },
  };
}
