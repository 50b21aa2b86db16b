import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errorCode, readCgroupFile, writeCgroupFile } from './cgroup-file.js';

/** Where cgroups can be made, or why they cannot, in words. */
export type Place = { readonly base: string } | { readonly problem: string };

export interface PlaceOptions {
  readonly root: string;
  /** Of v1: each has a hierarchy of its own. */
  readonly controller: string;
  readonly isV2: boolean;
  /** Default `/proc/self/cgroup`. */
  readonly ownFile?: string;
}

/** Processes may not stay where controllers are handed on: the daemon itself moves in here. */
const DAEMON_LEAF = 'dreamnet-daemon';

/**
 * The root of the hierarchy when it is ours to write; else the daemon's own cgroup when that was handed to it, as
 * systemd does with `Delegate=yes`.
 */
export function findPlace({ root, controller, isV2, ownFile = '/proc/self/cgroup' }: PlaceOptions): Place {
  const top = isV2 ? root : join(root, controller);
  // Without this a plain directory would be made and the limit silently not hold.
  if (!isCgroup(top)) return { problem: `no cgroup is mounted at ${top}` };
  const problem = writeProblem(top);
  if (problem === undefined) return { base: top };
  const own = ownCgroup(readCgroupFile(ownFile), isV2 ? '' : controller);
  const base = own === undefined ? undefined : join(top, aboveLeaf(own));
  if (base === undefined || base === top || !isCgroup(base) || writeProblem(base) !== undefined)
    return { problem: `no cgroup can be made in ${top} (${problem}), and none was handed to the daemon` };
  return isV2 ? withoutProcesses(base) : { base };
}

/** The path of our cgroup in one hierarchy; `''` names that of v2. @source cgroups(7), /proc/pid/cgroup */
export function ownCgroup(text: string, controller: string): string | undefined {
  for (const line of text.split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers?.split(',').includes(controller)) return path;
  }
  return undefined;
}

/** Who has moved down already is found where it came from. */
function aboveLeaf(path: string): string {
  return basename(path) === DAEMON_LEAF ? dirname(path) : path;
}

/** Hands a controller of v2 on to what is below a directory; the kernel refuses it while processes are in it. */
export function enableController(directory: string, controller: string): string | undefined {
  const file = join(directory, 'cgroup.subtree_control');
  return readCgroupFile(file).split(/\s+/).includes(controller)
    ? undefined
    : writeCgroupFile(file, `+${controller}`);
}

/** Moves what is in a handed-over cgroup, us among it, one level down. */
function withoutProcesses(base: string): Place {
  const leaf = join(base, DAEMON_LEAF);
  try {
    mkdirSync(leaf, { recursive: true });
  } catch (error) {
    return { problem: `no cgroup can be made in ${base} (${errorCode(error)})` };
  }
  for (const pid of readCgroupFile(join(base, 'cgroup.procs')).split('\n').filter(Boolean)) {
    const problem = writeCgroupFile(join(leaf, 'cgroup.procs'), pid);
    // ESRCH: it has ended meanwhile.
    if (problem !== undefined && problem !== 'ESRCH')
      return { problem: `the daemon cannot leave the cgroup ${base} to its agents (${problem})` };
  }
  return { base };
}

function isCgroup(directory: string): boolean {
  return existsSync(join(directory, 'cgroup.procs'));
}

function writeProblem(directory: string): string | undefined {
  try {
    accessSync(directory, constants.W_OK);
    accessSync(join(directory, 'cgroup.procs'), constants.W_OK);
    return undefined;
  } catch (error) {
    return errorCode(error);
  }
}
