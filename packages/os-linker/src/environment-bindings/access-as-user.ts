import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { ProcessUser } from '@dreamnet/contracts';

/** What a user may do with a path. A folder that cannot be entered cannot be read. */
export interface Look {
  readonly canRead: boolean;
  readonly canWrite: boolean;
}

/** One word a path: the kernel is asked as that user, so that groups, lists and read-only mounts count as they do later. */
const SCRIPT =
  'for path; do r=-; w=-; test -r "$path" && r=r; test -d "$path" && ! test -x "$path" && r=-; test -w "$path" && w=w; echo "$r$w"; done';
/** O_PATH: names what lies there without opening it, a pipe or a device included. @source open(2) */
const PATH_ONLY = 0o10000000;
const FIRST_FREE = 3;
const LOOK_WITHIN_MS = 5000;

/**
 * Looks as another user, which only root can.
 *
 * @param isSandbox The folders above do not matter, since the path itself is put before the agent.
 * @returns One look a path; what could not be looked at can be used by nobody.
 */
export function lookAs(
  { uid, gid }: ProcessUser,
  paths: readonly string[],
  { isSandbox }: { isSandbox: boolean },
): Promise<readonly Look[]> {
  const given = isSandbox ? openAll(paths) : { names: paths, descriptors: [] };
  return new Promise((resolve) => {
    const child = spawn('/bin/sh', ['-c', SCRIPT, 'sh', ...given.names], {
      ...{ uid, gid, cwd: '/', env: {}, timeout: LOOK_WITHIN_MS, killSignal: 'SIGKILL' as const },
      stdio: ['ignore', 'pipe', 'ignore', ...given.descriptors],
    });
    let said = '';
    child.stdout?.on('data', (part: Buffer) => {
      said += part.toString('latin1');
    });
    const done = () => {
      for (const descriptor of given.descriptors.splice(0)) closeSync(descriptor);
      const words = said.split('\n');
      resolve(paths.map((_, at) => ({ canRead: words[at]?.[0] === 'r', canWrite: words[at]?.[1] === 'w' })));
    };
    child.once('error', done);
    child.once('close', done);
  });
}

function openAll(paths: readonly string[]): { names: readonly string[]; descriptors: number[] } {
  const descriptors: number[] = [];
  const names = paths.map((path) => {
    try {
      descriptors.push(openSync(path, PATH_ONLY));
      return `/proc/self/fd/${FIRST_FREE + descriptors.length - 1}`;
    } catch {
      return ''; // removed since it was looked at: nobody can use it
    }
  });
  return { names, descriptors };
}
