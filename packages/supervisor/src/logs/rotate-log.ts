import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { open } from 'node:fs/promises';

/** When a log is cut and how many old ones stay. */
export interface LogRotation {
  /** Default 10 MiB. */
  readonly limitBytes: number;
  /** Old files kept, `.1` the newest. Default 3. */
  readonly keep: number;
}

export const DEFAULT_ROTATION: LogRotation = { limitBytes: 10 * 1024 * 1024, keep: 3 };

/** An old log is at most this many times the limit: what was written beyond that between two looks is not kept. */
const OLD_LOG_FACTOR = 2;
/** A writer may be faster than we copy: the last stretch, which nobody else's work may wait for, is no longer than this. */
const LAST_STRETCH_BYTES = 1024 * 1024;
const PIECE_BYTES = 64 * 1024;

/** Where the older parts of a log are, the newest first. */
export function oldLogPath(path: string, number: number): string {
  return `${path}.${number}`;
}

/** Bytes of a log now; 0 when there is none. */
export function logSize(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/**
 * Copies a log that has grown too big to `.1` and empties it. The writer holds the file open for appending, so it
 * cannot be renamed away; what it writes between the last copied byte and the cut (some microseconds) is lost. Of a
 * log that outgrew the limit many times over, the newest part is kept and its first line says how much is not.
 *
 * @returns false when the log was small enough or is not there.
 */
export async function rotateLog(path: string, { limitBytes, keep }: LogRotation): Promise<boolean> {
  const size = logSize(path);
  if (size <= limitBytes) return false;
  for (let number = keep - 1; number >= 1; number -= 1)
    renameIfThere(oldLogPath(path, number), oldLogPath(path, number + 1));
  const from = Math.max(0, size - limitBytes * OLD_LOG_FACTOR);
  await copyPart(path, oldLogPath(path, 1), { from, to: size });
  cutAfterCopy(path, oldLogPath(path, 1), size);
  return true;
}

async function copyPart(
  path: string,
  copyPath: string,
  { from, to }: { from: number; to: number },
): Promise<void> {
  const log = await open(path, 'r');
  const copy = await open(copyPath, 'w', 0o600).catch(async (error) => {
    await log.close();
    throw error;
  });
  try {
    if (from > 0) await copy.write(`[${from} bytes before this came too fast to be kept]\n`);
    const buffer = Buffer.alloc(PIECE_BYTES);
    for (let at = from; at < to; ) {
      const { bytesRead } = await log.read(buffer, 0, Math.min(buffer.length, to - at), at);
      if (bytesRead === 0) return;
      await copy.write(buffer, 0, bytesRead);
      at += bytesRead;
    }
  } finally {
    await Promise.all([log.close(), copy.close()]);
  }
}

/** Copies what was written meanwhile and truncates, in one synchronous stretch to keep the gap small. */
function cutAfterCopy(path: string, copyPath: string, copiedTo: number): void {
  const log = openSync(path, 'r+');
  const copy = openSync(copyPath, 'a');
  try {
    const buffer = Buffer.alloc(PIECE_BYTES);
    const to = Math.min(fstatSync(log).size, copiedTo + LAST_STRETCH_BYTES);
    for (let at = copiedTo; at < to; ) {
      const count = readSync(log, buffer, 0, Math.min(buffer.length, to - at), at);
      if (count === 0) break;
      writeSync(copy, buffer, 0, count);
      at += count;
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
