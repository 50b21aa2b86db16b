import { spawn } from 'node:child_process';
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { open, statfs } from 'node:fs/promises';

/** A writer may be faster than we copy: the last stretch, which nobody else's work may wait for, is no longer than this. */
const LAST_STRETCH_BYTES = 1024 * 1024;
const PIECE_BYTES = 64 * 1024;

/** Where util-linux is, whatever the environment says. */
const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** A part of a file. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/** Copies a part of a file into a new one, after a heading. @returns bytes written */
export async function copyPart(
  path: string,
  copyPath: string,
  { from, to, heading = '' }: ByteRange & { heading?: string },
): Promise<number> {
  const log = await open(path, 'r');
  const copy = await open(copyPath, 'w', 0o600).catch(async (error) => {
    await log.close();
    throw error;
  });
  try {
    let written = heading === '' ? 0 : (await copy.write(heading)).bytesWritten;
    const buffer = Buffer.alloc(PIECE_BYTES);
    for (let at = from; at < to; ) {
      const { bytesRead } = await log.read(buffer, 0, Math.min(buffer.length, to - at), at);
      if (bytesRead === 0) break;
      await copy.write(buffer, 0, bytesRead);
      at += bytesRead;
      written += bytesRead;
    }
    return written;
  } finally {
    await Promise.all([log.close(), copy.close()]);
  }
}

/** The unit in which the file system can take the beginning of a file away. */
export async function blockBytes(path: string): Promise<number> {
  const { bsize } = await statfs(path);
  return bsize > 0 ? bsize : 4096;
}

/**
 * Takes the first bytes of a file away in one step of the file system: whoever appends at that moment loses nothing.
 * ext4 and XFS can, tmpfs and btrfs cannot.
 *
 * @param bytes A multiple of the file system's block, less than the file's size.
 * @returns Why it was not possible; undefined when it was done.
 * @source fallocate(2) FALLOC_FL_COLLAPSE_RANGE; Node has no call for it, so util-linux's program makes it
 */
export function collapseStart(path: string, bytes: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const args = ['--collapse-range', '--offset', '0', '--length', String(bytes), path];
    const child = spawn('fallocate', args, {
      env: { PATH: SYSTEM_PATH, LC_ALL: 'C' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (part: Buffer) => {
      said = `${said}${part}`.slice(0, 500);
    });
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code) =>
      resolve(code === 0 ? undefined : said.trim() || `fallocate ended with ${code}`),
    );
  });
}

/**
 * Copies what was written after the copied part and empties the file, in one synchronous stretch: what is written
 * between the two (some microseconds) is lost, and of a writer that is faster than the copy all but the first MiB.
 *
 * @returns The file's size when it was emptied, and how much of it the copy now holds more.
 */
export function emptyAfterCopy(
  path: string,
  copyPath: string,
  copiedTo: number,
): { size: number; added: number } {
  const log = openSync(path, 'r+');
  try {
    const copy = openSync(copyPath, 'a');
    try {
      const buffer = Buffer.alloc(PIECE_BYTES);
      const to = Math.min(fstatSync(log).size, copiedTo + LAST_STRETCH_BYTES);
      let at = copiedTo;
      while (at < to) {
        const count = readSync(log, buffer, 0, Math.min(buffer.length, to - at), at);
        if (count === 0) break;
        writeSync(copy, buffer, 0, count);
        at += count;
      }
      const { size } = fstatSync(log);
      ftruncateSync(log, 0);
      return { size: Math.max(size, at), added: at - copiedTo };
    } finally {
      closeSync(copy);
    }
  } finally {
    closeSync(log);
  }
}

/** Do two files begin with the same bytes, as many as the second has? */
export async function beginsLike(path: string, copyPath: string): Promise<boolean> {
  const [log, copy] = [await open(path, 'r'), await open(copyPath, 'r')];
  try {
    const [one, other] = [Buffer.alloc(PIECE_BYTES), Buffer.alloc(PIECE_BYTES)];
    for (let at = 0; ; ) {
      const { bytesRead } = await copy.read(other, 0, other.length, at);
      if (bytesRead === 0) return true;
      const inLog = await log.read(one, 0, bytesRead, at);
      if (inLog.bytesRead < bytesRead || one.compare(other, 0, bytesRead, 0, bytesRead) !== 0) return false;
      at += bytesRead;
    }
  } finally {
    await Promise.all([log.close(), copy.close()]);
  }
}
