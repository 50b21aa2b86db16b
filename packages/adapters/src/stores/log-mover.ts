import { DreamnetError } from '@dreamnet/kit';
import { adaptersError } from '../errors.js';
import { closeFile, openFile, syncFile } from './descriptors.js';
import { keepLog } from './kept-log.js';

/** Moves the log of a database into its file, and begins it anew, without waiting for the disk on the main thread. */
export interface LogMover {
  /** To be told of every transaction: only a log that has grown is moved. @param characters of its values */
  wrote(writes: number, characters: number): void;
  /**
   * Moves a log that has grown, when all of it is on disk already. Nobody may write before this has resolved: a write may
   * begin the log anew, over what is nowhere else on disk yet. Never rejects.
   */
  moveGrown(): Promise<void>;
  /** @throws DN_STORE_UNSYNCED once the file, or the beginning of its log, could not be brought to disk; says what is safe, and where. */
  check(): void;
  /** Has that happened? Log and file must then be left as they are. */
  hasFailed(): boolean;
  /** To be called when SQLite has closed the file: closing it earlier would give up SQLite's locks on it. */
  close(): Promise<void>;
}

export interface LogMoverOptions {
  /** The database file. */
  path: string;
  /**
   * Copies the log's pages into the file, as far as that is possible now, and syncs nothing.
   *
   * @throws when from now on SQLite would not sync what it must
   */
  copy: () => void;
  /**
   * Begins the log anew where all of it was copied: with one frame, that says nothing new, and no sync.
   *
   * @throws when from now on SQLite would not sync what it must
   */
  beginAnew: () => void;
  /** Brings the log to disk. @throws when that was not possible in any way */
  syncLog: () => Promise<void>;
}

/** Estimated pages after which the log is moved; SQLite by itself would do it after as many. */
const GROWN_PAGES = 1000;
const PAGE_CHARACTERS = 4096;
/** What a transaction changes besides the pages of its values: heads of journals, inner pages. */
const PAGES_OF_TRANSACTION = 2;

/** All of it is on disk in the file by then: there is no log to be kept. */
const SAFE_IN_FILE = 'What was acknowledged is safe in the file. Check the disk and start again';

/**
 * Copying 1,000 pages takes the main thread some milliseconds, bringing them to disk takes a slow disk hundreds: that is done
 * in the thread pool of Node.js.
 *
 * A log that was begun anew must be on disk as such before more is written into it: else an old beginning and new frames
 * could meet after a power cut, and what was moved long ago would be moved again. SQLite would wait for that at the next write.
 * Of a single frame the disk has all, nothing or a torn one, and each is as good: so that is written, and synced in the thread pool, too.
 *
 * When it fails, Linux may have forgotten what it could not write, and SQLite takes what was copied for moved. Then the log is
 * kept under another name, nothing is written any more, and the next opening takes it from there (`restoreKeptLog`).
 *
 * @source https://www.sqlite.org/wal.html and https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_
 */
export function createLogMover({ path, copy, beginAnew, syncLog }: LogMoverOptions): LogMover {
  let pages = 0;
  let file: number | undefined;
  let failure: { message: string; advice: string } | undefined;
  const move = async (): Promise<void> => {
    // First: what was copied has to be synced, so there must be something to sync it with.
    file ??= await openFile(path, 'r+');
    try {
      copy();
      await syncFile(file);
    } catch (thrown) {
      failure = { message: DreamnetError.from(thrown).message, advice: await keepLog(path) };
      return;
    }
    try {
      beginAnew();
      await syncLog();
    } catch (thrown) {
      failure = { message: DreamnetError.from(thrown).message, advice: SAFE_IN_FILE };
    }
  };
  return {
    wrote: (writes, characters) => {
      pages += writes + Math.floor(characters / PAGE_CHARACTERS) + PAGES_OF_TRANSACTION;
    },
    moveGrown: async () => {
      if (pages < GROWN_PAGES || failure !== undefined) return;
      pages = 0;
      // Without a descriptor left nothing is copied; the log grows until the next time, or until SQLite moves it.
      await move().catch(() => undefined);
    },
    check: () => {
      if (failure !== undefined) throw adaptersError('DN_STORE_UNSYNCED', { path, ...failure });
    },
    hasFailed: () => failure !== undefined,
    close: async () => {
      if (file !== undefined) await closeFile(file);
      file = undefined;
    },
  };
}
