import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { programError } from '../errors.js';
import { PROGRAM_ROOT } from './program-root.js';

/** The keeper: a Python program of its own, because it must be small and a subreaper, and Node.js can be neither. */
const KEEPER_SCRIPT = join(PROGRAM_ROOT, 'bin', 'keep.py');
const PROGRAM = join(PROGRAM_ROOT, 'bin', 'dreamnet.mjs');
/** Prints where it really is: behind the name may stand a script that looks the version up at every start. */
const ASK_PYTHON = 'import os, sys; print(sys.executable if hasattr(os, "pidfd_open") else "")';

/** The program and its arguments. */
export type CommandLine = readonly [string, ...string[]];

/**
 * The Python that runs the keeper.
 *
 * @returns Its absolute path; undefined when there is none, or it is older than 3.9.
 */
export function findKeeperPython(searchPath: string): string | undefined {
  const { status, stdout } = spawnSync('python3', ['-I', '-S', '-c', ASK_PYTHON], {
    encoding: 'utf8',
    env: { PATH: searchPath },
  });
  return status === 0 ? stdout.trim() || undefined : undefined;
}

/** @throws DN_KEEP_NO_PYTHON */
export function requireKeeperPython(searchPath: string): string {
  const python = findKeeperPython(searchPath);
  if (python !== undefined) return python;
  throw programError('DN_KEEP_NO_PYTHON', {});
}

/** Runs the daemon's command and runs it again whenever it dies. */
export function keeperCommand(python: string, stateDir: string, daemon: CommandLine): CommandLine {
  return [python, '-I', '-S', KEEPER_SCRIPT, stateDir, '--', ...daemon];
}

/** The daemon's own command. `upArguments`: what stands after `up`. */
export function daemonCommand(upArguments: readonly string[]): CommandLine {
  return [process.execPath, PROGRAM, 'up', ...upArguments];
}
