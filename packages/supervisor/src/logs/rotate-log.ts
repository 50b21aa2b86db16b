import { closeSync, fstatSync, ftruncateSync, openSync, readSync, renameSync, writeSync } from 'node:fs';
import { copyFile, stat } from 'node:fs/promises';

/** When a log is cut and how many old ones stay. */
export interface LogRotation {
  /** Default 10 MiB. */
  readonly limitBytes: number;
  /** Old files kept, `.1` the newest. Default 3. */
  readonly keep: number;
}

export const DEFAULT_ROTATION: LogRotation = { limitBytes: 10 * 1024 * 1024, keep: 3 };

/**
 * Copies a log that has grown too big to `.1` and empties it. The writer holds the file open for appending, so it
 * cannot be renamed away; what it writes between the last copied byte and the cut (some microseconds) is lost.
 *
 * @returns false when the log was small enough or is not there.
 */
export async function rotateLog(path: string, { limitBytes, keep }: LogRotation): Promise<boolean> {
  const size = await stat(path).then(
    ({ size }) => size,
    () => 0, // no log yet
  );
  if (size <= limitBytes) return false;
  for (let number = keep - 1; number >= 1; number -= 1)
    renameIfThere(`${path}.${number}`, `${path}.${number + 1}`);
  await copyFile(path, `${path}.1`);
  cutAfterCopy(path, `${path}.1`);
  return true;
}

/** Copies what was written meanwhile and truncates, in one synchronous stretch to keep the gap small. */
function cutAfterCopy(path: string, copyPath: string): void {
  const log = openSync(path, 'r+');
  const copy = openSync(copyPath, 'a+');
  try {
    const buffer = Buffer.alloc(64 * 1024);
    let copied = fstatSync(copy).size;
    for (let count = readSync(log, buffer, 0, buffer.length, copied); count > 0; ) {
      writeSync(copy, buffer, 0, count);
      copied += count;
      count = readSync(log, buffer, 0, buffer.length, copied);
    }
    ftruncateSync(log, 0);
  } finally {
    closeSync(log);
    closeSync(copy);
  }
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}
