import type { ChildProcess } from 'node:child_process';
import type { Clock, ExitRecord, ProcessIdentity } from '@dreamnet/contracts';
import { ActivityMeter } from './activity/activity-meter.js';
import type { LaunchKit } from './launch-kit.js';
import { readProcess } from './linux/process-table.js';
import type { LogFiles } from './logs/log-files.js';
import { lastLines } from './logs/log-files.js';
import type { Confinement } from './resources/cgroups.js';
import type { ExitKind } from './restart-policy/restart-group.js';

/** One run of a process, from its start to its end. */
export interface Run {
  readonly generation: number;
  readonly identity: ProcessIdentity;
  readonly startedAt: number;
  /** Monotonic ms. */
  readonly startedMs: number;
  /** null for an adopted run: it is not our child. */
  readonly child: ChildProcess | null;
  readonly meter: ActivityMeter;
  /** Where in the error log its output begins. */
  readonly errStart: number;
  readonly memoryKillsBefore: number;
  wasReady: boolean;
  isOver: boolean;
}

export interface RunStart {
  readonly generation: number;
  readonly bootId: string;
  readonly now: number;
  readonly nowMs: number;
  readonly logs: LogFiles;
  /** The error log's size before the start: a quick program has written by the time we are told that it runs. */
  readonly errStart: number;
  readonly confinement: Confinement | null;
}

/** How a run ended, as far as anybody knows. */
export interface RunEnd {
  readonly code: number | null;
  readonly signal: string | null;
  readonly isKnown: boolean;
  readonly reason?: string;
  /** Epoch ms, where it was seen by somebody before us. */
  readonly at?: number;
}

/** What an end that nobody could wait for leaves to say. */
export const UNKNOWN_END: RunEnd = { code: null, signal: null, isKnown: false };

export interface ExitCircumstances {
  readonly kit: LaunchKit | null;
  readonly errSize: number;
  /** Epoch ms. */
  readonly at: number;
  readonly redact: (text: string) => string;
}

const OUT_OF_MEMORY = 'the kernel ended it or a child of it: its memory limit was reached';

/** The tail of the error log kept with an exit. */
const TAIL_LINES = 20;
const TAIL_CHARACTERS = 4096;
/** More is read than kept: a secret that lies across the tail's beginning must be whole to be known. */
const TAIL_READ_BYTES = 64 * 1024;

/** Signals by which a process is asked to end: an end by one of them is a shutdown, not a crash. */
const SHUTDOWN_SIGNALS: readonly string[] = ['SIGTERM', 'SIGINT', 'SIGHUP'];

/** A run that has just been spawned. A process that has already ended is a zombie until we return to the loop. */
export function beginRun(child: ChildProcess, pid: number, start: RunStart): Run {
  const startTicks = readProcess(pid)?.startTicks ?? 0;
  const identity = { pid, startTicks, bootId: start.bootId };
  return {
    ...commonFields(identity, start),
    child,
    startedAt: start.now,
    startedMs: start.nowMs,
    errStart: start.errStart,
  };
}

/**
 * A run that an earlier supervisor began.
 *
 * @param ranMs How long it has been running.
 */
export function adoptRun(identity: ProcessIdentity, ranMs: number, start: RunStart): Run {
  return {
    ...commonFields(identity, start),
    child: null,
    startedAt: start.now - Math.round(ranMs),
    startedMs: start.nowMs - ranMs,
    errStart: 0,
  };
}

/** The circumstances of a start, read now. */
export function runStart(
  kit: LaunchKit,
  { bootId, clock }: { bootId: string; clock: Clock },
  run: Pick<RunStart, 'generation' | 'errStart'>,
): RunStart {
  return { ...kit, ...run, bootId, now: clock.now(), nowMs: clock.monotonic() };
}

/** What is kept of a start that came to no process. */
export function failedStart(reason: string, at: number): ExitRecord {
  return { at, code: null, signal: null, isKnown: true, reason, stderrTail: [] };
}

/** OTP's word for how it ended. What is not known counts as a crash. */
export function exitKind({ code, signal, isKnown }: RunEnd): ExitKind {
  if (!isKnown) return 'abnormal';
  if (code === 0) return 'normal';
  if (signal === 'SIGKILL') return 'killed';
  return signal !== null && SHUTDOWN_SIGNALS.includes(signal) ? 'shutdown' : 'abnormal';
}

/**
 * The end as it is kept and published.
 *
 * @param errSize The error log's size when it ended: the next run writes to the same log.
 */
export function exitRecord(
  run: Run,
  end: RunEnd,
  { kit, errSize, at, redact }: ExitCircumstances,
): ExitRecord {
  const { code, signal, isKnown } = end;
  const isOutOfMemory = (kit?.confinement?.memoryKills() ?? 0) > run.memoryKillsBefore;
  const reason = isOutOfMemory ? OUT_OF_MEMORY : end.reason;
  const stderrTail = kit ? stderrTailOf(run, kit.logs, { errSize, redact }) : [];
  return { at: end.at ?? at, code, signal, isKnown, ...(reason === undefined ? {} : { reason }), stderrTail };
}

/** A log that is shorter than where the run began was emptied by somebody meanwhile. */
function stderrTailOf(
  run: Run,
  logs: LogFiles,
  { errSize, redact }: Pick<ExitCircumstances, 'errSize' | 'redact'>,
): string[] {
  const from = errSize < run.errStart ? 0 : run.errStart;
  const text = redact(logs.readErr(from, errSize, TAIL_READ_BYTES));
  const isCut = errSize - from > TAIL_READ_BYTES || text.length > TAIL_CHARACTERS;
  return lastLines(text.slice(-TAIL_CHARACTERS), TAIL_LINES, isCut);
}

function commonFields(identity: ProcessIdentity, { generation, confinement }: RunStart) {
  return {
    generation,
    identity,
    meter: new ActivityMeter(identity),
    memoryKillsBefore: confinement?.memoryKills() ?? 0,
    wasReady: false,
    isOver: false,
  };
}
