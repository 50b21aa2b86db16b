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
export async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** Is it a directory? */
export async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
