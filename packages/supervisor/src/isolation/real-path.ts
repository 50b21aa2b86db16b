import { lstatSync, readlinkSync } from 'node:fs';
import { dirname, isAbsolute, join, sep } from 'node:path';
import { supervisorError } from '../errors.js';

/** Where a path really lies. */
export interface RealPath {
  /** Without a link in it; what does not exist counts as a plain name. */
  readonly real: string;
  /** Every link that was followed, by its own real path, in order. */
  readonly links: readonly string[];
}

/** As many as the kernel follows. @source path_resolution(7) */
const MOST_LINKS = 40;

/**
 * Follows the links of a path one by one, since whoever may change one of them chooses where the path leads.
 *
 * @param path Absolute.
 * @throws DN_SUPERVISOR_PATH_REFUSED when its links go in circles, or it must not be looked at.
 */
export function findReal(path: string): RealPath {
  const links: string[] = [];
  const names = path.split(sep);
  let real: string = sep;
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    if (name === '..') real = dirname(real);
    const at = join(real, name);
    const target = name === '..' ? undefined : linkAt(at);
    if (target === undefined) real = name === '..' ? real : at;
    else {
      links.push(at);
      if (links.length > MOST_LINKS)
        throw supervisorError('DN_SUPERVISOR_PATH_REFUSED', { path, problem: 'its links go in circles' });
      if (isAbsolute(target)) real = sep;
      names.unshift(...target.split(sep));
    }
  }
  return { real, links };
}

/** Is it that folder, or below it? Both without links. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === sep ? sep : folder + sep);
}

/** @returns what the link says; undefined for whatever is none */
function linkAt(path: string): string | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ? readlinkSync(path) : undefined;
  } catch (error) {
    const problem = `it cannot be looked at (${error instanceof Error ? error.message : String(error)})`;
    throw supervisorError('DN_SUPERVISOR_PATH_REFUSED', { path, problem }, error);
  }
}
