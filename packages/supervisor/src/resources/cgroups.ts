import { existsSync, mkdirSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ResourceLimits } from '@dreamnet/contracts';
import { findDevice } from './block-device.js';
import { type CgroupFigures, memoryNow, readFigures, resetPeak } from './cgroup-figures.js';
import { errorCode, readCgroupFile, writeCgroupFile } from './cgroup-file.js';
import { enableController, findPlace, type Place } from './cgroup-place.js';
import {
  type LimitFile,
  type LimitName,
  type LimitTable,
  V1_LIMITS,
  V2_LIMITS,
  wantedLimits,
} from './limit-files.js';

/** The limits of one process as far as this machine can hold it to them. */
export interface Confinement {
  /** Put before the command: enters the cgroups, sets the file limit, then becomes the command. */
  readonly prefix: readonly string[];
  /** What was asked for and cannot be enforced here, in words. */
  readonly notEnforced: readonly string[];
  /** The limits that are in force. */
  readonly limits: ResourceLimits;
  /** What the kernel counted here so far. */
  figures(): CgroupFigures;
  /** Memory charged now; undefined without a cgroup for memory. */
  memoryBytes(): number | undefined;
  /** A new run begins: its peak of memory is its own, where the kernel allows it. */
  beginRun(): void;
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
  /** The disk of this folder is the one a limit of input and output is for. */
  readonly cwd: string;
  /** Default `/sys/fs/cgroup`. */
  readonly root?: string;
  /** Default `/proc/self/cgroup`. */
  readonly ownFile?: string;
}

/** What the shell sets by itself and the command was not given. */
const SHELL_VARIABLES = ['PWD', 'OLDPWD', 'SHLVL'];

/**
 * Makes the cgroups (v2, or v1 per controller) for the limits asked for. What does not work here is said in
 * `notEnforced`; a start that then cannot enter a cgroup that was made fails instead of running without limits.
 */
export function confine(options: ConfinementOptions): Confinement {
  const { root = '/sys/fs/cgroup', limits, cwd } = options;
  const isV2 = existsSync(join(root, 'cgroup.controllers'));
  const table = isV2 ? V2_LIMITS : V1_LIMITS;
  const making = { options, root, isV2, table };
  const made = new Set<string>();
  const notEnforced: string[] = [];
  const inForce: ResourceLimits = limits.openFiles === undefined ? {} : { openFiles: limits.openFiles };
  for (const { name, amount } of wantedLimits(limits)) {
    const found = name === 'ioBytesPerSecond' ? findDevice(cwd) : { device: '' };
    const outcome = 'problem' in found ? found : makeLimit(making, name, { amount, device: found.device });
    const problem = 'problem' in outcome ? outcome.problem : table.gaps[name];
    if (problem !== undefined) notEnforced.push(`${name} ${amount}: ${problem}`);
    if ('problem' in outcome) continue;
    made.add(outcome.directory);
    inForce[name] = amount;
  }
  const killable = made.size > 0 ? killDirectory(making) : undefined;
  if (killable) made.add(killable);
  return confinement([...made], { notEnforced, limits: inForce, options });
}

interface Making {
  readonly options: ConfinementOptions;
  readonly root: string;
  readonly isV2: boolean;
  readonly table: LimitTable;
}

function confinement(
  directories: readonly string[],
  {
    notEnforced,
    limits,
    options,
  }: Pick<Confinement, 'notEnforced' | 'limits'> & { options: ConfinementOptions },
): Confinement {
  return {
    prefix: shellPrefix(directories, options),
    ...{ notEnforced, limits },
    figures: () => readFigures(directories),
    memoryBytes: () => memoryNow(directories),
    beginRun: () => resetPeak(directories),
    pids: () =>
      directories
        .flatMap((directory) => readCgroupFile(join(directory, 'cgroup.procs')).split('\n').map(Number))
        .filter(Boolean),
    killAll: () => {
      for (const directory of directories) writeCgroupFile(join(directory, 'cgroup.kill'), '1');
    },
    remove: () => {
      for (const directory of directories) removeDirectory(directory);
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

function makeLimit(
  making: Making,
  name: LimitName,
  limit: { amount: number; device: string },
): { directory: string } | { problem: string } {
  const { table, isV2 } = making;
  const place = placeOf(making, table.controllers[name]);
  if ('problem' in place) return place;
  const { base } = place;
  const directory = join(base, pathOf(making.options));
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    return { problem: `no cgroup can be made in ${base} (${errorCode(error)})` };
  }
  for (const above of isV2 ? [base, dirname(directory)] : []) {
    const problem = enableController(above, table.controllers[name]);
    if (problem !== undefined)
      return {
        problem: `the controller ${table.controllers[name]} is not to be had in ${above} (${problem})`,
      };
  }
  const problem = writeLimit(directory, table.files[name](limit));
  return problem === undefined ? { directory } : { problem };
}

function writeLimit(directory: string, files: readonly LimitFile[]): string | undefined {
  for (const { file, value, isOptional } of files) {
    const problem = writeCgroupFile(join(directory, file), value);
    if (problem && !isOptional) return `the kernel does not take ${file} in ${directory} (${problem})`;
  }
  return undefined;
}

function placeOf({ root, isV2, options: { ownFile } }: Making, controller: string): Place {
  return findPlace({ root, controller, isV2, ...(ownFile === undefined ? {} : { ownFile }) });
}

function pathOf({ instanceId, processId }: ConfinementOptions): string {
  return join(`dreamnet-${instanceId}`, processId);
}

/** A v2 directory can be killed as a whole and measures pressure; beside v1 it is often there, without controllers. */
function killDirectory({ root, isV2, options }: Making): string | undefined {
  const place = placeOf(
    { root: isV2 ? root : join(root, 'unified'), isV2: true, options, table: V2_LIMITS },
    '',
  );
  if ('problem' in place) return undefined;
  const directory = join(place.base, pathOf(options));
  try {
    mkdirSync(directory, { recursive: true });
    return existsSync(join(directory, 'cgroup.kill')) ? directory : undefined;
  } catch {
    return undefined; // a convenience: the tree is ended by other means
  }
}

/** @returns false while another process of ours lives beside it; the last one removes what they share. */
function removeDirectory(directory: string): boolean {
  try {
    rmdirSync(directory);
    rmdirSync(dirname(directory));
    return true;
  } catch {
    return false; // ENOTEMPTY or EBUSY: another process of ours lives beside it, or something in it has not ended yet
  }
}
