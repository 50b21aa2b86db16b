import { readFileSync } from 'node:fs';
import type { ProcessUser } from '@dreamnet/contracts';
import { leakingDescriptors } from './leaking-descriptors.js';
import type { IsolationMeans } from './means.js';

/** A command put before another one, and what it could not do, in words. */
export interface Prefix {
  readonly argv: readonly string[];
  readonly notEnforced: readonly string[];
}

/** What the shell sets by itself and the command was not given. */
const SHELL_VARIABLES = ['PWD', 'OLDPWD', 'SHLVL'];
const LAST_OF_ONE_DIGIT = 9;
const CORE_PATTERN = '/proc/sys/kernel/core_pattern';

export interface RestraintOptions {
  readonly envNames: readonly string[];
  /** Signals that what follows takes no notice of, e.g. `TERM`; what it becomes must give them their meaning back. */
  readonly ignored?: readonly string[];
  /** Shell words that open what the command is given. */
  readonly opens?: string;
  /** Default 077. */
  readonly umask?: '022' | '077';
}

/**
 * Files it makes are its own alone, and it leaves no core dump. Where dumps are piped to a program, a limit of 0 is
 * taken no notice of and one of a single byte is, which a shell cannot set: it counts in blocks. @source core(5)
 */
export function restrain(
  means: IsolationMeans,
  { envNames, ignored = [], opens, umask = '077' }: RestraintOptions,
): Prefix {
  const unset = SHELL_VARIABLES.filter((name) => !envNames.includes(name));
  const { shell, close, left } = closing(leakingDescriptors(), means.bash);
  const isPiped = readText(CORE_PATTERN).startsWith('|');
  // Who is not root cannot raise again what is 0 already.
  const isByte = isPiped && means.prlimit !== undefined && (means.isRoot || !isWithoutCores());
  const core = isByte ? [] : ['ulimit -c 0'];
  const traps = ignored.length === 0 ? [] : [`trap '' ${ignored.join(' ')}`];
  const given = opens === undefined ? [] : [opens];
  const unsets = `unset ${unset.join(' ')} || :`;
  const line = [`umask ${umask}`, ...core, ...close, ...given, ...traps, unsets, 'exec "$@"'];
  const limit = isByte && means.prlimit !== undefined ? [means.prlimit, '--core=1:1'] : [];
  return {
    argv: [
      shell,
      '-c',
      line.join('; '),
      'sh',
      ...(shell === means.bash ? cleaned(means, unset) : []),
      ...limit,
    ],
    notEnforced: [
      ...(isPiped && !isByte
        ? ['no core dumps: the limit cannot be one byte, and dumps go to a program here']
        : []),
      ...(left.length > 0
        ? [`closed descriptors: ${left.join(', ')} came with the daemon and stay open`]
        : []),
    ],
  };
}

/** Bash counts itself as a level when it becomes the command, whatever was unset. */
function cleaned({ env }: IsolationMeans, names: readonly string[]): string[] {
  return env === undefined ? [] : [env, ...[...names, '_'].flatMap((name) => ['-u', name])];
}

/** A plain shell closes what has one digit. */
function closing(
  descriptors: readonly number[],
  bash: string | undefined,
): { shell: string; close: string[]; left: readonly number[] } {
  const isPlain = descriptors.every((fd) => fd <= LAST_OF_ONE_DIGIT);
  const shell = isPlain || bash === undefined ? '/bin/sh' : bash;
  const left = shell === bash ? [] : descriptors.filter((fd) => fd > LAST_OF_ONE_DIGIT);
  const close = descriptors.filter((fd) => !left.includes(fd)).map((fd) => `exec ${fd}>&-`);
  return { shell, close, left };
}

/** Another user, no capabilities, no new privileges. */
export function dropTo(setpriv: string, { uid, gid }: ProcessUser): string[] {
  return [
    ...[setpriv, `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'],
    ...['--inh-caps=-all', '--bounding-set=-all', '--no-new-privs', '--'],
  ];
}

/** Put before the command of a process with a user of its own, or of one that stays who it is. */
export function processPrefix({ setpriv }: IsolationMeans, user: ProcessUser | undefined): Prefix {
  if (setpriv === undefined)
    return { argv: [], notEnforced: ['own user and no new privileges: setpriv is not installed'] };
  return { argv: user ? dropTo(setpriv, user) : [setpriv, '--no-new-privs', '--'], notEnforced: [] };
}

function isWithoutCores(): boolean {
  return /^Max core file size\s+\S+\s+0\s/m.test(readText('/proc/self/limits'));
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // a kernel without core dumps
  }
}
