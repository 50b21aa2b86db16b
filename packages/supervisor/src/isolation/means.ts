import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

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
}

/** Where the programs are looked for beside the search path: a daemon's own may be short. */
const SYSTEM_FOLDERS = ['/usr/local/bin', '/usr/bin', '/bin', '/usr/sbin', '/sbin'];
const PERL = '/usr/bin/perl';
const PYTHONS = ['/usr/bin/python3', '/usr/local/bin/python3'];
/** A probe takes about 10 ms; one that hangs must not hold the daemon. */
const PROBE_WITHIN_MS = 3000;

/** Looks what is there. Runs bubblewrap and `env` once each, and waits for them. */
export function findMeans(searchPath: string): IsolationMeans {
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
    sandboxProblem: bwrap === undefined ? 'bubblewrap (bwrap) is not installed' : probeSandbox(bwrap),
  };
}

function probeSandbox(bwrap: string): string | undefined {
  const problem = probe(bwrap, [
    ...['--unshare-user', '--unshare-pid', '--unshare-net', '--unshare-ipc', '--unshare-uts'],
    ...['--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev', '--', bwrap, '--version'],
  ]);
  return problem === undefined ? undefined : `bubblewrap cannot make namespaces here (${problem})`;
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
