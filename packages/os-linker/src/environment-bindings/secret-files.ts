import { randomBytes } from 'node:crypto';
import { chmod, lstat, mkdir, open, readFile, rename, rm, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ProcessUser } from '@dreamnet/contracts';

/** @source linux/magic.h: TMPFS_MAGIC and RAMFS_MAGIC */
const MEMORY_FILE_SYSTEMS: ReadonlySet<number> = new Set([0x01021994, 0x858458f6]);
/** Its owner does everything, others pass and see nothing. */
const PASSABLE = 0o711;

/** Which file, and who reads it. */
export interface SecretFile {
  readonly processId: string;
  readonly variable: string;
  readonly user?: ProcessUser | undefined;
}

/** Secrets delivered as files: in memory, readable by their owner only, gone when the agent was stopped. */
export interface SecretFiles {
  /** Where the file of a variable is. */
  pathOf(processId: string, variable: string): string;
  /** Why no file can be delivered here; undefined when it can. */
  problem(): Promise<string | undefined>;
  /**
   * Puts a value in place of the one before: a reader sees one or the other, never half.
   *
   * @param to `user`: whose the file becomes, which only root can do. Default the daemon's own.
   */
  write(to: SecretFile, value: string): Promise<void>;
  /** The value in the file of a variable; undefined when there is none that can be read. */
  read(processId: string, variable: string): Promise<string | undefined>;
  /** Removes all files of a process. */
  clear(processId: string): Promise<void>;
  /** Removes all files of all processes, and where they were. */
  clearAll(): Promise<void>;
}

/**
 * Secret files below a directory that must lie on a file system in memory, so that no secret is at rest on a disk.
 *
 * @param directory Made with mode 0700; refused when it is a link or somebody else's.
 */
export function createSecretFiles(directory: string): SecretFiles {
  const pathOf = (processId: string, variable: string) => join(directory, processId, variable);
  return {
    pathOf,
    problem: () => problemOf(directory),
    write: async ({ processId, variable, user }, value) => {
      const path = pathOf(processId, variable);
      const beside = `${path}.${randomBytes(6).toString('hex')}`;
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      // Another user passes the folders and cannot list them; they stay the daemon's, so that nobody can put a link there.
      if (user) for (const folder of [directory, dirname(path)]) await chmod(folder, PASSABLE);
      await writeFor(user, beside, value);
      await rename(beside, path);
    },
    read: (processId, variable) => readFile(pathOf(processId, variable), 'utf8').catch(() => undefined),
    clear: (processId) => rm(join(directory, processId), { recursive: true, force: true }),
    clearAll: () => rm(directory, { recursive: true, force: true }),
  };
}

async function writeFor(user: ProcessUser | undefined, path: string, value: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(value);
    if (!user) return;
    await file.chmod(0o400);
    await file.chown(user.uid, user.gid);
  } finally {
    await file.close();
  }
}

async function problemOf(directory: string): Promise<string | undefined> {
  try {
    if (!MEMORY_FILE_SYSTEMS.has((await statfs(dirname(directory))).type))
      return `${dirname(directory)} is not a file system in memory`;
    await mkdir(directory, { mode: 0o700, recursive: true });
    const found = await lstat(directory);
    // The place above is everybody's: somebody else may have been there first.
    if (!found.isDirectory() || found.uid !== process.getuid?.())
      return `${directory} belongs to somebody else`;
    if ((found.mode & 0o777 & ~PASSABLE) !== 0) await chmod(directory, 0o700);
    return undefined;
  } catch {
    return `${directory} cannot be made`;
  }
}
