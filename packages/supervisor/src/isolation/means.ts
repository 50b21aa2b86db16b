import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The descriptor a sandbox is given its filter of system calls by; a plain shell opens none above it. */
const FILTER_FD = 9;
/** Arguments of bubblewrap by which it takes that filter. */
export const FILTERED: readonly string[] = ['--seccomp', `${FILTER_FD}`];

/** Shell words that open the filter where `FILTERED` says it is. */
export function openFilter(path: string): string {
  return `exec ${FILTER_FD}<'${path.replaceAll("'", "'\\''")}'`;
}

/** What this machine has to keep processes apart with; a path, or undefined when it is not there. */
export interface IsolationMeans {
  readonly isRoot: boolean;
  readonly setpriv: string | undefined;
  readonly prlimit: string | undefined;
  readonly bash: string | undefined;
  /** An `env` that can set what signals do. */
  readonly env: string | undefined;
  /** For the relay of an allow-list; one of the system's, since it runs inside the sandbox. */
  readonly python: string | undefined;
  /** Opens the doors of that relay sooner; also one of the system's. */
  readonly perl: string | undefined;
  readonly bwrap: string | undefined;
  /** Why there is no sandbox here, in words; undefined when there is one. */
  readonly sandboxProblem: string | undefined;
  /** Why a sandbox here is without a filter of system calls, in words; undefined when it has one. */
  readonly filterProblem: string | undefined;
}

/** Where the programs are looked for beside the search path: a daemon's own may be short. */
const SYSTEM_FOLDERS = ['/usr/local/bin', '/usr/bin', '/bin', '/usr/sbin', '/sbin'];
const PERL = '/usr/bin/perl';
const PYTHONS = ['/usr/bin/python3', '/usr/local/bin/python3'];
/** A probe takes about 10 ms; one that hangs must not hold the daemon. */
const PROBE_WITHIN_MS = 3000;

/**
 * Looks what is there. Runs bubblewrap and `env` once or twice each, and waits for them.
 *
 * @param filterFile The filter of system calls, see `writeCallFilter`; undefined when there is none.
 */
export function findMeans(searchPath: string, filterFile?: string): IsolationMeans {
  const find = (name: string) => findIn([...searchPath.split(delimiter), ...SYSTEM_FOLDERS], name);
  const env = find('env');
  const bwrap = find('bwrap');
  return {
    isRoot: process.getuid?.() === 0,
    setpriv: find('setpriv'),
    prlimit: find('prlimit'),
    bash: find('bash'),
    env: env !== undefined && probe(env, ['--default-signal=TERM', env]) === undefined ? env : undefined,
    python: PYTHONS.find(isExecutable),
    perl: isExecutable(PERL) ? PERL : undefined,
    bwrap,
    ...(bwrap === undefined
      ? { sandboxProblem: 'bubblewrap (bwrap) is not installed', filterProblem: undefined }
      : probeSandbox(bwrap, filterFile)),
  };
}

function probeSandbox(
  bwrap: string,
  filterFile: string | undefined,
): Pick<IsolationMeans, 'sandboxProblem' | 'filterProblem'> {
  const filtered =
    filterFile === undefined ? `there is none for ${process.arch}` : probeNamespaces(bwrap, filterFile);
  if (filtered === undefined) return { sandboxProblem: undefined, filterProblem: undefined };
  const problem = probeNamespaces(bwrap);
  const sandboxProblem =
    problem === undefined ? undefined : `bubblewrap cannot make namespaces here (${problem})`;
  return { sandboxProblem, filterProblem: filtered };
}

function probeNamespaces(bwrap: string, filterFile?: string): string | undefined {
  const args = [
    ...['--unshare-user', '--unshare-pid', '--unshare-net', '--unshare-ipc', '--unshare-uts'],
    ...['--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev', '--', bwrap, '--version'],
  ];
  if (filterFile === undefined) return probe(bwrap, args);
  return probe('/bin/sh', ['-c', `${openFilter(filterFile)}; exec "$@"`, 'sh', bwrap, ...FILTERED, ...args]);
}

/** @returns undefined when it ended well, else what it said. */
function probe(program: string, args: readonly string[]): string | undefined {
  const { status, stderr, error } = spawnSync(program, args, {
    env: {},
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: PROBE_WITHIN_MS,
  });
  if (error) return error.message;
  return status === 0 ? undefined : (stderr.trim().split('\n')[0] ?? `exit code ${status}`);
}

function findIn(folders: readonly string[], name: string): string | undefined {
  return folders
    .filter((folder) => folder.startsWith('/'))
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // looked for in several places
  }
}
