import type { Readable, Writable } from 'node:stream';
import type { ActivitySample } from './health.js';
import type { IsolationSpec, ProcessUser } from './isolation.js';
import type { StopAccount, StopManner } from './stopping.js';
import type { ConfigurationProblem } from './subsystem.js';
import type { ExitResources } from './usage.js';

/** Erlang/OTP's restart types. */
export type RestartType = 'permanent' | 'transient' | 'temporary';

/** When and how fast a process comes back. */
export interface RestartPolicy {
  type: RestartType;
  /** More than this many restarts within `periodMs` and the circuit opens. */
  intensity: number;
  periodMs: number;
  backoff: {
    initialMs: number;
    maxMs: number;
    /** A run at least this long (or that became ready) counts as healthy: the next restart is at once. */
    resetAfterMs: number;
  };
  /** While the circuit is open one trial start is made after this, doubled each time it fails, to `maxMs` ×10 at most. */
  halfOpenAfterMs: number;
}

export interface ResourceLimits {
  memoryBytes?: number;
  /** In cores: 0.5 is half of one. */
  cpu?: number;
  pids?: number;
  openFiles?: number;
  /** Of reading and of writing each, on the disk of its working folder. */
  ioBytesPerSecond?: number;
}

/** What the next start of a process follows, or why it must not be started as things are. */
export type RestartSpec =
  | { readonly ok: true; readonly spec: LocalProcessSpec }
  | {
      readonly ok: false;
      /** In words, safe to show. */
      readonly reason: string;
      /** What is missing and how to mend it. */
      readonly problems: readonly ConfigurationProblem[];
    };

/** A local process to keep running. */
export interface LocalProcessSpec {
  id: string;
  /** argv, not a shell line. */
  command: readonly [string, ...string[]];
  cwd: string;
  env: Readonly<Record<string, string>>;
  /** `pipe`: stdin and stdout are a protocol; they die with the daemon. `log`: output goes to files and survives it. */
  stdio: 'pipe' | 'log';
  restart: RestartPolicy;
  resources?: ResourceLimits;
  isolation?: IsolationSpec;
  /** How long it may end by itself once it is asked to, until its tree is killed. */
  stopDeadlineMs: number;
  /** How it is asked. */
  stop?: StopManner;
}

/** Which process exactly: a pid alone may be somebody else's by now. */
export interface ProcessIdentity {
  pid: number;
  /** Field 22 of /proc/PID/stat: clock ticks since boot. */
  startTicks: number;
  bootId: string;
}

export interface ExitRecord {
  at: number;
  /** null when ended by a signal or when nobody could wait for it. */
  code: number | null;
  signal: string | null;
  /** false when it ended while nobody was its parent: then code and signal are not known. */
  isKnown: boolean;
  /** What is known beyond code and signal: out of memory, could not be started, replaced because its pipes were lost. */
  reason?: string;
  /** The group that ended it together with others. */
  endedWith?: string;
  /** How we ended it; left out when it ended by itself. In the event of its end: as far as the stop was by then. */
  stop?: StopAccount;
  /** The spare that took over, and how long after the end was seen it was given its turn, ms. */
  spare?: { pid: number; afterMs: number };
  /** The last lines it wrote to standard error, secrets redacted. */
  stderrTail: readonly string[];
  /** What it had used, and what it had run short of; left out when nothing was measured. */
  resources?: ExitResources;
}

/**
 * Where a supervised process stands. `waiting`: its start waits for others (see `StartWait`). `broken`: the circuit is
 * open after too many restarts.
 */
export type SupervisedPhase =
  | 'idle'
  | 'waiting'
  | 'starting'
  | 'running'
  | 'stopping'
  | 'backoff'
  | 'broken'
  | 'exited';

/** A second process of the same specification that is booted and waits for the end of the one that serves. */
export interface SpareSpec {
  /** Longest time until it says that it waits, ms; one that does not would do the work twice, and is ended. */
  waitsWithinMs: number;
  /** null: it is started when the one that serves was seen to; else when that one has run for so long, ms. */
  afterMs: number | null;
}

/**
 * Where a spare stands. `booting`: it runs and has not said yet that it waits. `resting`: the last one failed, and the next
 * is tried later. `refused`: it does not know how to wait.
 */
export type SparePhase = 'off' | 'starting' | 'booting' | 'waiting' | 'resting' | 'refused';

/** The spare of one process. Times are epoch ms. */
export interface SpareView {
  phase: SparePhase;
  identity: ProcessIdentity | null;
  startedAt: number | null;
  waitingSince: number | null;
  /** How often one took over since this supervisor began. */
  takeovers: number;
  /** How many in a row have failed. */
  failures: number;
  nextAttemptAt: number | null;
  /** Why there is none, or what became of the last one, in words; null while there is nothing to say. */
  problem: string | null;
}

/** Whom a start waits for. Times are epoch ms. */
export interface StartWait {
  /** Names of processes, or of capabilities that one of several must serve. */
  for: readonly string[];
  since: number;
  /** Then it is started all the same; null: as long as that takes. */
  until: number | null;
}

export interface SupervisedProcess {
  id: string;
  phase: SupervisedPhase;
  identity: ProcessIdentity | null;
  /** Epoch ms by the clock of when it was started, or taken over; it may have been set since. */
  startedAt: number | null;
  /** How long it has been running, ms, whatever was done to the clock; null when it does not run. */
  ranMs: number | null;
  /** Starts after the first, over all lives of the supervisor, whoever asked for them: policy, group, remedy or person. */
  restarts: number;
  isAdopted: boolean;
  lastExit: ExitRecord | null;
  /** Epoch ms of the next start attempt in `backoff` and `broken`. */
  nextAttemptAt: number | null;
  /** What was asked for and could not be enforced here, in words. */
  notEnforced: readonly string[];
  /** Left out when none is wanted. */
  spare?: SpareView;
}

/** The child's pipes, only while a `pipe` process runs. */
export interface ProcessStreams {
  stdin: Writable;
  stdout: Readable;
}

/** The supervisor as runtimes and the Linker see it. */
export interface LocalProcessHost {
  /** Starts it and keeps it running; resolves with the first process's identity. Refused if the id runs already. */
  launch(spec: LocalProcessSpec): Promise<SupervisedProcess>;
  get(id: string): SupervisedProcess | undefined;
  /** Ends the whole tree; resolves when nothing of it is left. */
  stop(id: string, deadlineMs?: number): Promise<void>;
  streams(id: string): ProcessStreams | undefined;
  /** The user of its own a process is given with this isolation; undefined when it runs as the host's user. */
  userOf?(id: string, isolation: IsolationSpec): ProcessUser | undefined;
  /** Signals exactly the process that runs under the id now, not its children; false when none does. */
  signal?(id: string, signal: 'SIGHUP' | 'SIGUSR1' | 'SIGUSR2'): boolean;
  /** Counters of the whole tree; undefined when it does not run. */
  activity(id: string): ActivitySample | undefined;
}
