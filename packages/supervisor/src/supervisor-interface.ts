import type {
  LocalProcessHost,
  LocalProcessSpec,
  LogEntry,
  ProcessGroupSpec,
  ProcessIdentity,
  ProcessUsage,
  SpareSpec,
  SupervisedGroup,
  SupervisedProcess,
} from '@dreamnet/contracts';
import type { AdoptionReport, Orphan } from './adoption/adoption.js';
import type { MayStart } from './groups/group-members.js';
import type { LogStream } from './logs/log-files.js';
import type { LogQuery } from './logs/log-query.js';

/** What is known of one process beyond its state. */
export interface ProcessDescription extends SupervisedProcess {
  readonly logs: { readonly out: string; readonly err: string };
}

export interface ShutdownOptions {
  /** true: `log` processes go on and are adopted by the next supervisor; `pipe` processes end, for their pipes do. */
  readonly leaveRunning: boolean;
  /** Instead of each process's own `stopDeadlineMs`. */
  readonly deadlineMs?: number;
  /** Ids that end before those of the next step begin to; whoever is in none ends first. Default: all at once. */
  readonly steps?: readonly (readonly string[])[];
}

/** Keeps local processes running. `start()` comes first, `shutdown()` last; both may be called twice. */
export interface Supervisor extends LocalProcessHost {
  /**
   * Reads what an earlier supervisor left; starts nothing.
   *
   * @throws DN_SUPERVISOR_PROC_UNREADABLE
   */
  start(): Promise<void>;
  /** Did an earlier supervisor leave a record or a process of this id that nobody has claimed? After `start`. */
  hasLeft(id: string): boolean;
  /**
   * What each process that an earlier supervisor left under this id, and nobody has claimed, was given as its environment. After `start`.
   *
   * @returns Variables by name, undefined of a process whose environment cannot be read; empty when none is left.
   */
  environmentsLeft(id: string): readonly (Readonly<Record<string, string>> | undefined)[];
  /** Goes on with the processes an earlier supervisor left: adopts, replaces, restarts, or leaves them down. */
  adopt(specs: readonly LocalProcessSpec[]): Promise<AdoptionReport>;
  /** Stops it if it runs and starts it with a clean history; an open circuit closes. */
  restart(id: string, deadlineMs?: number): Promise<SupervisedProcess>;
  list(): readonly SupervisedProcess[];
  /**
   * Is it told at once, by `hearStops`, when a signal stops the running process or lets it go on? The kernel tells a parent, and nobody
   * else: so it is not for processes whose parent was killed, nor for those that speak over pipes.
   */
  tellsOfStops(id: string): boolean;
  /** From now on it is called when a signal has stopped the running process of an id, or lets it go on; /proc knows which. */
  hearStops(heard: (id: string) => void): void;
  /** Which process runs under the id, without the rest of its view; null when none does. */
  identityOf(id: string): ProcessIdentity | null;
  /**
   * Which groups there are: from now on they decide what follows the ends of their members. Before `adopt`, so that a restart of
   * a group which an earlier supervisor began is finished.
   *
   * @param groups Without circles; each member in one at most.
   * @param mayStart Resolves when a member may start, because what it comes after is ready or was waited for long enough; with
   *   false when it must not.
   *   Default: when the one before it has been started.
   */
  setGroups(groups: readonly ProcessGroupSpec[], mayStart?: MayStart): void;
  groups(): readonly SupervisedGroup[];
  /**
   * Ends what runs of a group, last to first, and starts it again in order; what does not run is left alone. A supervisor that is
   * killed meanwhile leaves the rest to the next one.
   *
   * @param specs Specifications that have changed since the members were started.
   * @throws DN_SUPERVISOR_UNKNOWN_PROCESS
   */
  restartGroup(name: string, specs?: readonly LocalProcessSpec[]): Promise<void>;
  /**
   * Gives the next start of a process another specification if its group is to start it, be it running, being ended or waiting now.
   *
   * @param spec Default: the one it has.
   * @returns whether its group will start it.
   * @throws DN_SUPERVISOR_SPEC_INVALID
   */
  renewHeld(id: string, spec?: LocalProcessSpec): boolean;
  /**
   * What these processes are has changed: the outermost group of each begins with a clean past, does not put off what it is about to
   * start, and is tried at once if it gave up. Who is in no group is passed over.
   */
  startGroupsAnew(ids: readonly string[]): void;
  /**
   * Whether a process has a spare from now on: null has none, and ends one that waits. Before `adopt`, so that one which an
   * earlier supervisor left is kept. Of a process that speaks over pipes there is none.
   */
  setSpare(id: string, spare: SpareSpec | null): void;
  /** What a spare was booted with has changed: it ends, and another one follows. Idempotent. */
  replaceSpare(id: string): void;
  /** From now on spares are started: the fleet has been. Idempotent. */
  allowSpares(): void;
  /** What the tree of the spare of a process uses; undefined when none runs or it was not found yet. */
  spareUsage(id: string): ProcessUsage | undefined;
  /**
   * Finds at most so many processes for the readings of `usage`: the first reading of a fleet is the long one, and by this it can be
   * spread over turns of the event loop.
   *
   * @returns false when there may be more.
   */
  findProcesses(most: number): boolean;
  /** What the whole tree of a process uses now, and its rates since the last time; undefined when it does not run or was not found yet. */
  usage(id: string): ProcessUsage | undefined;
  /** Forgets a process that does not run; false when it runs or is not known. */
  forget(id: string): boolean;
  /** Tells that the running process was seen to serve: its next restart is at once. */
  markReady(id: string): void;
  describe(id: string): ProcessDescription | undefined;
  /** Processes of this instance that run and were neither adopted nor launched. */
  orphans(): readonly Orphan[];
  /** Ends them, whole trees. @returns ids of those that are gone; who survives SIGKILL stays an orphan. */
  endOrphans(deadlineMs?: number): Promise<readonly string[]>;
  /** The last lines one process wrote to a stream, secrets masked, oldest first. `lines`: default 100. */
  readLog(id: string, query: { stream: LogStream; lines?: number }): Promise<readonly string[]>;
  /** What processes wrote, secrets masked, all of them in the order of time; empty when they wrote nothing. */
  logs(query: LogQuery): AsyncIterable<LogEntry>;
  /** As `logs`, then lines as they are written; ends with the signal. */
  followLogs(query: LogQuery, signal: AbortSignal): AsyncIterable<LogEntry>;
  /** What does not work here as it should, in words; empty when all does. */
  diagnostics(): readonly string[];
  shutdown(options: ShutdownOptions): Promise<void>;
  /** Stops under way, and those of a shutdown that are yet to begin, take no longer than this from now on. */
  hurry(deadlineMs: number): void;
}
