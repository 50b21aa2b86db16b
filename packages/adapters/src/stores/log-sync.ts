import { closeFile, openFile, syncFile } from './descriptors.js';

/** Brings the log of a database to disk without holding the event loop up. */
export interface LogSync {
  /** Resolves when everything written to the log before this call is on disk. One call at a time. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface LogSyncOptions {
  /** The log: SQLite's `-wal` file, which is one file as long as the database is open. */
  path: string;
  /**
   * Moves the log into the database file, synced, and begins it anew. Called when a sync has failed: the system may have
   * forgotten what it could not write, so nothing may stand in the log behind a part that was lost.
   *
   * @throws when that fails, too
   */
  moveIntoFile: () => void;
}

/**
 * Syncs in the thread pool of Node.js: a sync takes milliseconds, in which the main thread would do nothing.
 *
 * The file is opened when it is first needed, SQLite makes it then at the latest. SQLite holds its locks on the
 * database and its index, not on the log; only closing one of those would lose a lock.
 *
 * @source https://www.sqlite.org/wal.html and https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_
 */
export function createLogSync({ path, moveIntoFile }: LogSyncOptions): LogSync {
  let file: number | undefined;
  let isTrusted = true;
  const syncLog = async (): Promise<boolean> => {
    try {
      file ??= await openFile(path, 'r+');
      await syncFile(file);
      return true;
    } catch {
      // What kept it from syncing is told by what is tried next.
      return false;
    }
  };
  return {
    sync: async () => {
      isTrusted &&= await syncLog();
      if (isTrusted) return;
      moveIntoFile();
      isTrusted = true;
    },
    close: async () => {
      if (file !== undefined) await closeFile(file);
      file = undefined;
    },
  };
}
