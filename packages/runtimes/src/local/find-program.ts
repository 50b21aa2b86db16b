import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, resolve } from 'node:path';

/** Where exec looks when the environment has no PATH. @source execvp(3), glibc */
const DEFAULT_SEARCH_PATH = '/bin:/usr/bin';

/** Where a program was found, or where it was looked for. */
export type FoundProgram = { ok: true; path: string } | { ok: false; searched: string };

/**
 * Finds a program as exec would: a name in the search path, anything with a slash relative to the directory.
 */
export async function findProgram(
  program: string,
  where: { cwd: string; searchPath: string | undefined },
): Promise<FoundProgram> {
  if (program.includes('/')) {
    const path = resolve(where.cwd, program);
    return (await isExecutable(path)) ? { ok: true, path } : { ok: false, searched: path };
  }
  const searchPath = where.searchPath ?? DEFAULT_SEARCH_PATH;
  for (const directory of searchPath.split(delimiter)) {
    const path = resolve(where.cwd, directory, program);
    if (await isExecutable(path)) return { ok: true, path };
  }
  return { ok: false, searched: searchPath };
}

/** Is it a file this user may execute? */
export function isExecutable(path: string): Promise<boolean> {
  return together(`x ${path}`, async () => {
    try {
      await access(path, constants.X_OK);
      return (await stat(path)).isFile();
    } catch {
      return false;
    }
  });
}

/** Is it a directory? */
export function isDirectory(path: string): Promise<boolean> {
  return together(`d ${path}`, () =>
    stat(path).then(
      (found) => found.isDirectory(),
      () => false,
    ),
  );
}

/** Questions that are being answered. */
const asked = new Map<string, Promise<boolean>>();

/**
 * The agents of a fleet start together, mostly in one folder and from few programs: those who ask while an answer is under
 * way share it (of 200 starts with the same program 0.2 ms each). Nothing is kept longer, for it may change.
 */
function together(question: string, ask: () => Promise<boolean>): Promise<boolean> {
  const known = asked.get(question);
  if (known) return known;
  const answer = ask().finally(() => asked.delete(question));
  asked.set(question, answer);
  return answer;
}
