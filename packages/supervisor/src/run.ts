import type { ExitRecord, ExitResources, ProcessIdentity } from '@dreamnet/contracts';
import { ActivityMeter } from './activity/activity-meter.js';
import type { ProcessCensus } from './activity/process-census.js';
import type { LaunchKit } from './launch-kit.js';
import { hiddenText } from './logs/hidden-text.js';
import type { LogFiles } from './logs/log-files.js';
import { lastLines } from './logs/log-files.js';
import type { Confinement } from './resources/cgroups.js';
import {
  exitResources,
  markResources,
  type ResourceMark,
  SHORTAGE_REASONS,
} from './resources/exit-resources.js';
import type { MachineGauge } from './resources/machine-gauge.js';
import type { ExitKind } from './restart-policy/restart-group.js';
import type { StartedProcess } from './spawn/process-starter.js';
import type { SpawnPlan } from './spawn/spawn-plan.js';
import type { HidesOutput } from './supervisor-options.js';
import type { UnitSurroundings } from './unit-surroundings.js';

/** One run of a process, from its start to its end. */
export interface Run {
  readonly generation: number;
  readonly identity: ProcessIdentity;
  readonly startedAt: number;
  /** Monotonic ms. */
  readonly startedMs: number;
  /** null for an adopted run. */
  readonly process: StartedProcess | null;
  readonly meter: ActivityMeter;
  /** Where in the error log its output begins. */
  readonly errStart: number;
  /** Where the kernel's counters stood when it began. */
  readonly mark: ResourceMark;
  wasReady: boolean;
  /** Why we ended it, where that is not to be seen from how it ended. */
  endReason?: string;
  /** It ended while nobody supervised. */
  readonly isUnseen?: boolean;
  isOver: boolean;
  /** Called when it is over. */
  readonly whenOver: (() => void)[];
}

/** Read before a process is asked for: it may have written, and have been ended, by the time we are told that it runs. */
export interface BeforeStart {
  /** The error log's size. */
  readonly errStart: number;
  /** Where the kernel's counters stood. */
  readonly mark: ResourceMark;
}

export interface RunStart extends BeforeStart {
  readonly generation: number;
  readonly bootId: string;
  readonly now: number;
  readonly nowMs: number;
  readonly logs: LogFiles;
  readonly confinement: Confinement | null;
  readonly plan: Pick<SpawnPlan, 'instanceId' | 'spec'>;
  readonly machine: MachineGauge;
  readonly census: ProcessCensus;
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
  readonly hides: HidesOutput;
  readonly machine: MachineGauge;
}

/** The tail of the error log kept with an exit. */
const TAIL_LINES = 20;
const TAIL_CHARACTERS = 4096;
/** More is read than kept: a secret that lies across the tail's beginning must be whole to be known. */
const TAIL_READ_BYTES = 64 * 1024;

/** Signals by which a process is asked to end: an end by one of them is a shutdown, not a crash. */
const SHUTDOWN_SIGNALS: readonly string[] = ['SIGTERM', 'SIGINT', 'SIGHUP'];

/** A run that has just begun. */
export function beginRun(process: StartedProcess, start: RunStart): Run {
  const { pid, startTicks } = process;
  return {
    ...commonFields({ pid, startTicks, bootId: start.bootId }, start),
    process,
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
    process: null,
    startedAt: start.now - Math.round(ranMs),
    startedMs: start.nowMs - ranMs,
    errStart: 0,
  };
}

/** What is read right before a process is asked for. */
export function beforeStart(
  { logs, confinement }: Pick<LaunchKit, 'logs' | 'confinement'>,
  { machine }: Pick<UnitSurroundings, 'machine'>,
): BeforeStart {
  return { errStart: logs.errSize(), mark: markResources(confinement, machine) };
}

/** The circumstances of a start, read now. */
export function runStart(
  kit: LaunchKit,
  { bootId, clock, machine, census }: Pick<UnitSurroundings, 'bootId' | 'clock' | 'machine' | 'census'>,
  run: Pick<RunStart, 'generation'> & BeforeStart,
): RunStart {
  return { ...kit, ...run, bootId, machine, census, now: clock.now(), nowMs: clock.monotonic() };
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
  { kit, errSize, at, redact, hides, machine }: ExitCircumstances,
): ExitRecord {
  const { code, signal, isKnown } = end;
  const resources = exitResources({
    ...{ mark: run.mark, machine, lastUse: run.meter.last, wasKilled: signal === 'SIGKILL' },
    confinement: kit?.confinement ?? null,
  });
  const reason = end.reason ?? shortageReason(end, resources);
  const hidden = kit === null ? undefined : hides(kit.plan.spec.id, { isUnseen: run.isUnseen === true });
  const stderrTail = kit ? stderrTailOf(run, kit.logs, { errSize, redact, hidden }) : [];
  return {
    ...{ at: end.at ?? at, code, signal, isKnown },
    ...(reason === undefined ? {} : { reason }),
    stderrTail,
    ...(resources && { resources }),
  };
}

/** A process that ended well was not ended by what it once ran short of. */
function shortageReason({ code, isKnown }: RunEnd, resources: ExitResources | undefined): string | undefined {
  const [worst] = resources?.shortages ?? [];
  return worst === undefined || (isKnown && code === 0) ? undefined : SHORTAGE_REASONS[worst];
}

/** A log that is shorter than where the run began was emptied by somebody meanwhile. */
function stderrTailOf(
  run: Run,
  logs: LogFiles,
  {
    errSize,
    redact,
    hidden,
  }: Pick<ExitCircumstances, 'errSize' | 'redact'> & { hidden?: string | undefined },
): string[] {
  const from = errSize < run.errStart ? 0 : run.errStart;
  if (hidden !== undefined) return errSize > from ? [hiddenText(hidden)] : [];
  const text = redact(logs.readErr(from, errSize, TAIL_READ_BYTES));
  const isCut = errSize - from > TAIL_READ_BYTES || text.length > TAIL_CHARACTERS;
  return lastLines(text.slice(-TAIL_CHARACTERS), TAIL_LINES, isCut);
}

function commonFields(identity: ProcessIdentity, { generation, plan, census, mark }: RunStart) {
  const { instanceId, spec } = plan;
  const marker = { instanceId, processId: spec.id, generation };
  return {
    generation,
    identity,
    meter: new ActivityMeter({ ...identity, marker }, census),
    mark,
    wasReady: false,
    isOver: false,
    whenOver: [],
  };
}
