import { execFile } from 'node:child_process';
import { open } from 'node:fs/promises';
import { basename, dirname, isAbsolute } from 'node:path';
import type { InstallationChoice, LaunchSpec } from '@dreamnet/contracts';
import { isExecutable } from '../local/find-program.js';

/** A script asks its version manager first: half a second where that is slow. */
const ANSWER_WITHIN_MS = 5000;
const LONGEST_ANSWER_BYTES = 8192;

/** A choice as a launch takes it. */
export interface LaunchChoice extends InstallationChoice {
  /** The script that stood for an interpreter and does not tell which; undefined when nothing of the kind was chosen. */
  readonly script?: string;
}

/**
 * A version manager puts scripts into the search path that look for an interpreter somewhere else, where a sandbox shows nothing. There
 * the interpreter itself is taken.
 *
 * @param question Arguments with which an interpreter writes its own path, as a line.
 */
export function createScriptFollower(question: readonly string[]) {
  return async (choice: InstallationChoice, { isolation }: LaunchSpec): Promise<LaunchChoice> => {
    const { chosen, because } = choice;
    if (isolation?.level !== 'sandbox' || !chosen || !mayBeShim(chosen)) return choice;
    const { path: script } = chosen;
    if (!(await isScript(script))) return choice;
    const path = await askForPath(script, question);
    if (path !== undefined && (await isExecutable(path)) && !(await isScript(path)))
      return {
        ...choice,
        chosen: { ...chosen, path },
        because: `${because}; ${script} is a script that leads there`,
      };
    const why = `${script} is a script that leads to a program outside the sandbox; name that with interpreter`;
    return { ...choice, chosen: null, because: why, script };
  };
}

/** pyenv, asdf and nodenv keep theirs in a folder of this name. Else what the file names, and a virtual environment, is meant as it is. */
function mayBeShim({ path, foundBy }: NonNullable<InstallationChoice['chosen']>): boolean {
  return foundBy === 'PATH' || basename(dirname(path)) === 'shims';
}

async function isScript(path: string): Promise<boolean> {
  try {
    const file = await open(path);
    try {
      const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
      return buffer.toString('latin1') === '#!';
    } finally {
      await file.close();
    }
  } catch {
    return false; // what may be run and not be read is no script
  }
}

/** Without a shell and without our environment, as it is asked for its version. */
function askForPath(script: string, question: readonly string[]): Promise<string | undefined> {
  const limits = { timeout: ANSWER_WITHIN_MS, maxBuffer: LONGEST_ANSWER_BYTES, env: {} };
  return new Promise((resolve) => {
    execFile(script, [...question], limits, (error, stdout) => {
      const path = stdout.split('\n')[0]?.trim() ?? '';
      resolve(error === null && isAbsolute(path) ? path : undefined);
    });
  });
}
