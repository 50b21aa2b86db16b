import { readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Whether a process holds a file open in this folder whose name begins so, wherever in it the file was renamed to since.
 *
 * @returns false also for a process that is gone or another user's.
 */
export function holdsFile(pid: number, folder: string, nameStart: string): boolean {
  const prefix = join(realFolder(folder), nameStart);
  const descriptors = `/proc/${pid}/fd`;
  return descriptorsOf(descriptors).some((name) => targetOf(`${descriptors}/${name}`).startsWith(prefix));
}

/** The kernel tells paths without links. */
function realFolder(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return folder; // removed: a file that is still open keeps the path it had
  }
}

function descriptorsOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // gone, or another user's: then it is none of ours
  }
}

function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return ''; // closed meanwhile
  }
}
