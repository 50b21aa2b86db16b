import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ResourceLimits } from '@dreamnet/contracts';

/** The limits of one process as far as this machine can hold it to them. */
export interface Confinement {
  /** Put before the command: enters the cgroups, sets the file limit, then becomes the command. */
  readonly prefix: readonly string[];
  /** What was asked for and cannot be enforced here, in words. */
  readonly notEnforced: readonly string[];
  /** How many times the kernel has killed here for lack of memory. */
  memoryKills(): number;
  /** Pids in the cgroups now. */
  pids(): number[];
  /** Kills everything inside at once, where the kernel can; elsewhere does nothing. */
  killAll(): void;
  /** Removes the cgroups; only possible when they are empty. */
  remove(): void;
}

export interface ConfinementOptions {
  readonly instanceId: string;
  readonly processId: string;
  readonly limits: ResourceLimits;
  /** Names kept in the environment of the command, which shells would otherwise add to. */
  readonly envNames: readonly string[];
  /** Default `/sys/fs/cgroup`. */
  readonly root?: string;
}

interface LimitFile {
  readonly file: string;
  readonly value: string;
  readonly isOptional?: boolean;
}

type LimitName = 'memoryBytes' | 'cpu' | 'pids';

/** How often the kernel renews a CPU allowance, in µs; its own default. */
const CPU_PERIOD_US = 100_000;

/** What the shell sets by itself and the command was not given. */
const SHELL_VARIABLES = ['PWD', 'OLDPWD', 'SHLVL'];

const CONTROLLERS = { memoryBytes: 'memory', cpu: 'cpu', pids: 'pids' } as const;

/** Limit → the files of cgroup v1 that hold it. */
const V1_FILES: Record<LimitName, (limit: number) => LimitFile[]> = {
  memoryBytes: (bytes) => [
    { file: 'memory.limit_in_bytes', value: String(bytes) },
    { file: 'memory.memsw.limit_in_bytes', value: String(bytes), isOptional: true },
  ],
  cpu: (cores) => [
    { file: 'cpu.cfs_period_us', value: String(CPU_PERIOD_US) },
    { file: 'cpu.cfs_quota_us', value: String(Math.round(cores * CPU_PERIOD_US)) },
  ],
  pids: (count) => [{ file: 'pids.max', value: String(count) }],
};

/** Limit → the files of cgroup v2 that hold it. */
const V2_FILES: Record<LimitName, (limit: number) => LimitFile[]> = {
  memoryBytes: (bytes) => [
    { file: 'memory.max', value: String(bytes) },
    { file: 'memory.swap.max', value: '0', isOptional: true },
  ],
  cpu: (cores) => [{ file: 'cpu.max', value: `${Math.round(cores * CPU_PERIOD_US)} ${CPU_PERIOD_US}` }],
  pids: (count) => [{ file: 'pids.max', value: String(count) }],
};

/**
 * Makes the cgroups (v2, or v1 per controller) for the limits asked for. What does not work here is said in
 * `notEnforced`; a start that then cannot enter a cgroup that was made fails instead of running without limits.
 */
export function confine(options: ConfinementOptions): Confinement {
  const root = options.root ?? '/sys/fs/cgroup';
  const isV2 = existsSync(join(root, 'cgroup.controllers'));
  const path = join(`dreamnet-${options.instanceId}`, options.processId);
  const notEnforced: string[] = [];
  const directories = new Set<string>();
  for (const name of ['memoryBytes', 'cpu', 'pids'] as const) {
    const limit = options.limits[name];
    if (limit === undefined) continue;
    const base = isV2 ? root : join(root, CONTROLLERS[name]);
    const files = (isV2 ? V2_FILES : V1_FILES)[name](limit);
    const problem = setLimit({ base, path, controller: isV2 ? CONTROLLERS[name] : null }, files);
    if (problem === undefined) directories.add(join(base, path));
    else notEnforced.push(`${name} ${limit}: ${problem}`);
  }
  const killable = directories.size > 0 ? killDirectory(root, path, isV2) : undefined;
  if (killable) directories.add(killable);
  return confinement([...directories], notEnforced, options);
}

function confinement(directories: string[], notEnforced: string[], options: ConfinementOptions): Confinement {
  const readNumber = (file: string, pattern: RegExp): number =>
    directories.reduce((sum, dir) => sum + Number(pattern.exec(readText(join(dir, file)))?.[1] ?? 0), 0);
  return {
    prefix: shellPrefix(directories, options),
    notEnforced,
    memoryKills: () =>
      readNumber('memory.oom_control', /^oom_kill (\d+)/m) + readNumber('memory.events', /^oom_kill (\d+)/m),
    pids: () =>
      directories
        .flatMap((dir) => readText(join(dir, 'cgroup.procs')).split('\n').map(Number))
        .filter(Boolean),
    killAll: () => {
      for (const dir of directories)
        if (existsSync(join(dir, 'cgroup.kill'))) tryWrite(join(dir, 'cgroup.kill'), '1');
    },
    remove: () => {
      for (const dir of directories) removeDirectory(dir);
    },
  };
}

/** A shell line of constants; directories and command are its arguments, so nothing needs quoting. */
function shellPrefix(directories: readonly string[], { limits, envNames }: ConfinementOptions): string[] {
  if (directories.length === 0 && limits.openFiles === undefined) return [];
  const unset = SHELL_VARIABLES.filter((name) => !envNames.includes(name));
  const enter = directories.map((_, at) => `echo $$ > "\${${at + 1}}/cgroup.procs"`);
  const files = limits.openFiles === undefined ? [] : [`ulimit -n ${Math.trunc(limits.openFiles)}`];
  const leave = directories.length === 0 ? [] : [`shift ${directories.length}`];
  const line = ['set -e', ...enter, ...files, ...leave, `unset ${unset.join(' ')} || :`, 'exec "$@"'].join(
    '; ',
  );
  return ['/bin/sh', '-c', line, 'sh', ...directories];
}

/** @returns Why it could not be set, or undefined when it holds. */
function setLimit(
  { base, path, controller }: { base: string; path: string; controller: string | null },
  files: readonly LimitFile[],
): string | undefined {
  const directory = join(base, path);
  // Without this a plain directory would be made and the limit silently not hold.
  if (!existsSync(join(base, 'cgroup.procs'))) return `no cgroup is mounted at ${base}`;
  try {
    mkdirSync(directory, { recursive: true });
    if (controller) for (const above of [base, join(directory, '..')]) enableController(above, controller);
  } catch (error) {
    return `no cgroup can be made in ${base} (${errorCode(error)})`;
  }
  for (const { file, value, isOptional } of files) {
    const problem = tryWrite(join(directory, file), value);
    if (problem && !isOptional) return `the kernel does not take ${file} in ${base} (${problem})`;
  }
  return undefined;
}

function enableController(directory: string, controller: string): void {
  const file = join(directory, 'cgroup.subtree_control');
  if (!readText(file).split(/\s+/).includes(controller)) writeFileSync(file, `+${controller}`);
}

/** A v2 directory can be killed as a whole; beside v1 it is often there, without controllers. */
function killDirectory(root: string, path: string, isV2: boolean): string | undefined {
  const base = isV2 ? root : join(root, 'unified');
  if (!existsSync(join(base, 'cgroup.procs'))) return undefined;
  try {
    mkdirSync(join(base, path), { recursive: true });
    return existsSync(join(base, path, 'cgroup.kill')) ? join(base, path) : undefined;
  } catch {
    return undefined; // a convenience: the tree is ended by other means
  }
}

/** @returns The error's code, or undefined when it was written. */
function tryWrite(file: string, value: string): string | undefined {
  try {
    // Opened without creating: a kernel without this limit has no such file.
    writeFileSync(file, value, { flag: 'r+' });
    return undefined;
  } catch (error) {
    return errorCode(error);
  }
}

/** @returns false while another process of ours lives beside it; the last one removes what they share. */
function removeDirectory(directory: string): boolean {
  try {
    rmdirSync(directory);
    rmdirSync(join(directory, '..'));
    return true;
  } catch {
    return false; // ENOTEMPTY or EBUSY
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // this controller has no such file
  }
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
