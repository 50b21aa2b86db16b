import type { ResourceLimits } from '@dreamnet/contracts';

/** The limits a cgroup can hold; open files are the process's own. */
export type LimitName = 'memoryBytes' | 'cpu' | 'pids' | 'ioBytesPerSecond';

/** In the order in which they are made. */
export const LIMIT_NAMES = [
  'memoryBytes',
  'cpu',
  'pids',
  'ioBytesPerSecond',
] as const satisfies readonly LimitName[];

/** One file of a cgroup and what is written to it. */
export interface LimitFile {
  readonly file: string;
  readonly value: string;
  /** The limit holds without it as far as it goes. */
  readonly isOptional?: boolean;
}

/** A limit, and the disk it is for as `major:minor`. */
interface Limit {
  readonly amount: number;
  readonly device: string;
}

/** How one version of cgroups holds the limits. */
export interface LimitTable {
  readonly controllers: Readonly<Record<LimitName, string>>;
  readonly files: Readonly<Record<LimitName, (limit: Limit) => LimitFile[]>>;
  /** What this version lets pass although the limit is set, in words. */
  readonly gaps: Partial<Readonly<Record<LimitName, string>>>;
}

/** How often the kernel renews a CPU allowance, in µs; its own default. */
const CPU_PERIOD_US = 100_000;

/** @source Documentation/admin-guide/cgroup-v1/{memory,blkio-controller,pids}.rst, Documentation/scheduler/sched-bwc.rst */
export const V1_LIMITS: LimitTable = {
  controllers: { memoryBytes: 'memory', cpu: 'cpu', pids: 'pids', ioBytesPerSecond: 'blkio' },
  files: {
    // Memory and swap together may never be less than memory alone: which of the two goes first depends on what was there.
    memoryBytes: ({ amount }) => [
      { file: 'memory.memsw.limit_in_bytes', value: String(amount), isOptional: true },
      { file: 'memory.limit_in_bytes', value: String(amount) },
      { file: 'memory.memsw.limit_in_bytes', value: String(amount), isOptional: true },
    ],
    cpu: ({ amount }) => [
      { file: 'cpu.cfs_period_us', value: String(CPU_PERIOD_US) },
      { file: 'cpu.cfs_quota_us', value: String(Math.round(amount * CPU_PERIOD_US)) },
    ],
    pids: ({ amount }) => [{ file: 'pids.max', value: String(amount) }],
    ioBytesPerSecond: ({ amount, device }) => [
      { file: 'blkio.throttle.read_bps_device', value: `${device} ${amount}` },
      { file: 'blkio.throttle.write_bps_device', value: `${device} ${amount}` },
    ],
  },
  gaps: {
    ioBytesPerSecond:
      'cgroup v1 slows reading and direct writing; what is written through the page cache goes to the disk unslowed',
  },
};

/** @source Documentation/admin-guide/cgroup-v2.rst */
export const V2_LIMITS: LimitTable = {
  controllers: { memoryBytes: 'memory', cpu: 'cpu', pids: 'pids', ioBytesPerSecond: 'io' },
  files: {
    memoryBytes: ({ amount }) => [
      { file: 'memory.max', value: String(amount) },
      { file: 'memory.swap.max', value: '0', isOptional: true },
    ],
    cpu: ({ amount }) => [
      { file: 'cpu.max', value: `${Math.round(amount * CPU_PERIOD_US)} ${CPU_PERIOD_US}` },
    ],
    pids: ({ amount }) => [{ file: 'pids.max', value: String(amount) }],
    ioBytesPerSecond: ({ amount, device }) => [
      { file: 'io.max', value: `${device} rbps=${amount} wbps=${amount}` },
    ],
  },
  gaps: {},
};

/** The limits that are asked for, without those that are not. */
export function wantedLimits(limits: ResourceLimits): { name: LimitName; amount: number }[] {
  return LIMIT_NAMES.flatMap((name) => {
    const amount = limits[name];
    return amount === undefined ? [] : [{ name, amount }];
  });
}
