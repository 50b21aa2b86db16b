import type { Clock, PublishEvent, RestartSpec, Store } from '@dreamnet/contracts';
import type { IsolationSettings } from './isolation/isolate.js';
import type { LogRotation } from './logs/log-rotation.js';

/** What a process would be launched with now, or why it must not be; undefined when nothing of it can have changed. */
export type RenewSpec = (processId: string) => Promise<RestartSpec> | undefined;

/**
 * Why nothing of what a process wrote may be given out or kept, in words; undefined when it may.
 *
 * @param run `isUnseen`: it ended while nobody supervised.
 */
export type HidesOutput = (processId: string, run: { readonly isUnseen: boolean }) => string | undefined;

/** What a supervisor is made of. */
export interface SupervisorOptions {
  /** Unique per state directory, without `/`: by it the processes of this supervisor are told from all others. */
  readonly instanceId: string;
  readonly store: Store;
  /** Directory of the log files; made when it is not there. */
  readonly logDir: string;
  readonly publish: PublishEvent;
  /** Default the machine's clock. */
  readonly clock?: Clock;
  /** Removes secrets from what processes write; used on every tail and log line given out. Default: none removed. */
  readonly redact?: (text: string) => string;
  /** Asked of every tail and log line given out. Default: nothing is hidden. */
  readonly hides?: HidesOutput;
  /** 0..1, for the jitter of backoff. Default `Math.random`. */
  readonly random?: () => number;
  /** Python that waits for adopted processes. Default `python3`. */
  readonly python?: string;
  /**
   * Where the process above this one writes how orphans ended: `BOOT PID START_TICKS CODE SIGNAL EPOCH_MS`, one a line, `-` for
   * none, each before its process is reaped. Default: nobody does, and such ends stay unknown.
   */
  readonly exitsFile?: string;
  /** Default `/sys/fs/cgroup`. */
  readonly cgroupRoot?: string;
  /** Where isolation finds what it needs. Default: the system's programs, sockets beside the logs, nothing hidden. */
  readonly isolation?: IsolationSettings;
  /** Asked at every look, so that it may change meanwhile. */
  readonly rotation?: () => Partial<LogRotation>;
  /**
   * Asked before each start that nobody ordered (a restart, a trial): what bound values are now, since the last order gave those of
   * its own time. Only the environment is taken over. undefined: as before. A refusal is told once (`process.start-refused`) and
   * tried again after pauses that grow; it uses up no restart. When it rejects, the start has failed, and the restart policy decides.
   */
  readonly renew?: RenewSpec;
  /** Most processes starting up at once. Default 16 for each core. */
  readonly startLimit?: number;
}
