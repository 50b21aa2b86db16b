import type { HeartbeatOutcome, ProbeResult, Subsystem } from '@dreamnet/contracts';
import { createDueQueue } from '@dreamnet/kit';
import type { HealthEngine, RoomOptions } from '../boundary.js';
import type { HeardBook } from '../os-store/heard-book.js';
import { createHealthBoard, type HealthBoard } from './health-board.js';
import { type DueItem, HEALTH_DEFAULTS, type HealthCore, type HealthSettings } from './health-core.js';
import { HealthRecord } from './health-record.js';
import { beginWatch, checkSubsystem, createRecord, setPowers } from './health-registry.js';
import { checkSilence, onBeatDue, takeHeartbeat } from './heartbeats.js';
import { ask, onAskDue, onDeadline, onLate } from './inquiries.js';
import { silencesOf } from './kept-silence.js';
import { createMetricIntake, freshSamples, nextStaleMs, STALE_AFTER_MS } from './metric-intake.js';
import { createRowPool } from './packed-rows.js';
import { identityOf, takeSignal, voidFlights } from './process-lives.js';
import { condemnIfDue } from './readiness.js';
import { nameOf } from './report-check.js';
import {
  type ChangeListeners,
  createListeners,
  healthOf,
  judgeRecord,
  troublesOfRecord,
} from './verdicts.js';
import { isSilentButBusy, noteCarriedCalls, onWorkDue } from './work-watch.js';

export interface HealthEngineOptions extends RoomOptions {
  settings?: Partial<HealthSettings>;
  /** Hides secrets in what subsystems say. Default: nothing is hidden. */
  mask?: <T>(said: T) => T;
  /** What earlier lives heard last; without it silence counts from the start on. */
  heard?: Pick<HeardBook, 'silentMs' | 'take' | 'addSource'>;
}

type Refusal = Extract<HeartbeatOutcome, { accepted: false }>['because'];

/** Reports, metrics and signals not taken, and listeners that threw, since the engine was made. */
export type RefusedCounts = Readonly<
  Record<Refusal | 'stale_signal' | 'listener_failed' | 'metric_dropped', number>
>;

/** The engine of the boundary, and what only this package asks of it. */
export interface HealthEngineRoom extends HealthEngine {
  refused(): RefusedCounts;
}

interface Parts {
  core: HealthCore;
  board: HealthBoard;
  listeners: ChangeListeners;
  counts: Record<Refusal | 'stale_signal', number>;
  /** Epoch ms less monotonic ms when the engine was made: what the time would be had nobody set the clock since. */
  offsetMs: number;
  /** Called when no question is under way any more. */
  waiting: (() => void)[];
}

/**
 * Makes the engine that turns signals into health: three axes per subsystem, a status word and four scores.
 *
 * Before `start()` it sets no timers but deadlines: `evaluate()`, `probeNow()` and `heartbeat()` are then all that
 * moves it. All ages are measured on the monotonic clock. Every call returns at once.
 */
export function createHealthEngine(options: HealthEngineOptions): HealthEngineRoom {
  const parts = createParts(options);
  options.heard?.addSource(() => silencesOf(parts.core));
  return { ...registry(parts), ...signals(parts), ...questions(parts), ...views(parts), ...lifecycle(parts) };
}

function createParts(options: HealthEngineOptions): Parts {
  const { clock, publish } = options;
  const records = new Map<string, HealthRecord>();
  const board = createHealthBoard(clock, records);
  const listeners = createListeners(clock);
  const waiting: (() => void)[] = [];
  const offsetMs = clock.now() - clock.monotonic();
  const core: HealthCore = {
    clock,
    random: options.random ?? Math.random,
    settings: { ...HEALTH_DEFAULTS, ...options.settings },
    queue: createDueQueue<DueItem>(clock, (item, due) => dispatch(core, item, due)),
    records,
    rows: createRowPool(),
    metrics: createMetricIntake(clock, (record) => watchStaleness(core, record)),
    mask: options.mask ?? ((said) => said),
    heard: options.heard,
    isRunning: false,
    startedMs: Number.NEGATIVE_INFINITY,
    flights: 0,
    mark: board.mark,
    judge: (record) => {
      if (!record.isRegistered) return;
      board.mark(record);
      judgeRecord(core, record, { publish, listeners });
    },
    landed: () => {
      core.flights -= 1;
      if (core.flights === 0) for (const resolve of waiting.splice(0)) resolve();
    },
  };
  const counts = {
    duplicate: 0,
    out_of_order: 0,
    from_the_future: 0,
    too_old: 0,
    unknown_subsystem: 0,
    stale_signal: 0,
  };
  return { core, board, listeners, counts, waiting, offsetMs };
}

function registry({ core, board }: Parts) {
  const listeners: ((name: string) => void)[] = [];
  const tell = (name: string): void => {
    for (const listener of listeners) listener(name);
  };
  const replace = (record: HealthRecord, subsystem: Subsystem): void => {
    voidFlights(record);
    setPowers(core, record, subsystem);
    board.mark(record);
    if (core.isRunning) beginWatch(core, record);
    tell(record.name);
  };
  return {
    register: (name: string, subsystem: Subsystem): void => {
      const known = core.records.get(name);
      if (known?.subsystem === subsystem) return;
      checkSubsystem(name, subsystem);
      if (known !== undefined) {
        replace(known, subsystem);
        return;
      }
      const record = createRecord(core, name, subsystem);
      record.identity = identityOf(record);
      board.add(record);
      if (core.isRunning) beginWatch(core, record);
      tell(name);
    },
    unregister: (name: string): void => {
      const record = core.records.get(name);
      if (record === undefined) return;
      board.drop(record);
      record.isRegistered = false;
      voidFlights(record);
      record.follower = undefined;
      record.leave(core.rows);
      tell(name);
    },
    subsystem: (name: string) => core.records.get(name)?.subsystem,
    manifest: (name: string) => core.records.get(name)?.manifest ?? {},
    names: () => [...core.records.keys()],
    onRegistered: (listener: (name: string) => void): void => {
      listeners.push(listener);
    },
  };
}

function signals({
  core,
  counts,
  offsetMs,
}: Parts): Pick<HealthEngine, 'heartbeat' | 'signal' | 'measure' | 'lookAtCalls'> {
  let last: HealthRecord | undefined;
  /** Who reported after the last one the last time is tried first: a fleet mostly reports in the same order. */
  const find = (name: string): HealthRecord | undefined => {
    const follower = last?.follower;
    const isFollower = follower?.isRegistered === true && follower.name === name;
    const record = isFollower ? follower : core.records.get(name);
    if (!isFollower && last?.isRegistered) last.follower = record;
    if (record !== undefined) last = record;
    return record;
  };
  return {
    heartbeat: (report, columns, arrivedAt) => {
      const record = find(nameOf(report));
      const outcome: HeartbeatOutcome =
        record === undefined
          ? { accepted: false, because: 'unknown_subsystem' }
          : takeHeartbeat(core, record, { report, offsetMs, columns, arrivedAt });
      if (!outcome.accepted) counts[outcome.because] += 1;
      return outcome;
    },
    signal: (signal) => {
      const record = core.records.get(signal.subsystem);
      if (record === undefined || !takeSignal(core, record, signal)) counts.stale_signal += 1;
    },
    measure: (name, metrics) => {
      const record = core.records.get(name);
      if (record !== undefined) core.metrics.take(record, metrics);
    },
    lookAtCalls: (name) => {
      const record = core.records.get(name);
      if (record !== undefined) noteCarriedCalls(core, record);
    },
  };
}

function questions({
  core,
  board,
  waiting,
}: Parts): Pick<HealthEngine, 'evaluate' | 'probeNow' | 'settled' | 'isBusy'> {
  return {
    evaluate: () => {
      for (const record of core.records.values()) {
        if (record.manifest.indicators !== undefined) board.mark(record);
        if (record.hasBeaten) checkSilence(core, record);
        if (record.poll !== undefined) void ask(core, record, record.poll);
      }
    },
    probeNow: (name, limits) => askNow(core, core.records.get(name), limits?.notBeforeMs),
    settled: () =>
      core.flights === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(() => resolve())),
    isBusy: (name) => {
      const record = core.records.get(name);
      return record !== undefined && isSilentButBusy(core, record);
    },
  };
}

function views({ core, board, listeners, counts }: Parts) {
  return {
    read: (name: string) => {
      const record = core.records.get(name);
      return record && healthOf(record);
    },
    troubles: (name: string) => {
      const record = core.records.get(name);
      return record === undefined ? [] : troublesOfRecord(core, record);
    },
    livenessOf: (name: string) => core.records.get(name)?.liveness.state,
    silentForMs: (name: string) => {
      const record = core.records.get(name);
      return record?.hasBeaten ? core.clock.monotonic() - record.lastSeenMs : undefined;
    },
    freshSamples: (name: string) => {
      const record = core.records.get(name);
      return record === undefined ? [] : freshSamples(core.clock, record);
    },
    activity: (name: string) => core.records.get(name)?.work?.latest,
    summaries: board.summaries,
    scores: board.scores,
    explain: board.explain,
    onChange: listeners.add,
    onSample: core.metrics.add,
    addTap: core.metrics.addTap,
    refused: () => ({
      ...counts,
      listener_failed: listeners.failed + core.metrics.failed,
      metric_dropped: core.metrics.dropped,
    }),
  };
}

function lifecycle({ core }: Parts): Pick<HealthEngine, 'start' | 'stop'> {
  return {
    start: () => {
      if (core.isRunning) return;
      core.isRunning = true;
      core.startedMs = core.clock.monotonic();
      for (const record of core.records.values()) beginWatch(core, record);
    },
    stop: () => {
      core.isRunning = false;
      for (const record of core.records.values()) {
        voidFlights(record);
        record.checkMs = Number.NaN;
        record.isStaleQueued = false;
        if (record.work !== undefined) record.work.isTickQueued = false;
      }
      core.queue.clear();
    },
  };
}

async function askNow(
  core: HealthCore,
  record: HealthRecord | undefined,
  notBeforeMs = Number.NEGATIVE_INFINITY,
): Promise<ProbeResult | undefined> {
  const inquiry = record?.probe ?? record?.poll;
  if (record === undefined || inquiry === undefined) return undefined;
  const { flight } = inquiry;
  if (flight !== undefined && flight.startedMs < notBeforeMs) await flight.promise;
  return ask(core, record, inquiry);
}

/** Counts the scores anew when a metric that an indicator reads has become too old to say anything. */
function watchStaleness(core: HealthCore, record: HealthRecord): void {
  core.mark(record);
  if (record.isStaleQueued || !core.isRunning) return;
  const nowMs = core.clock.monotonic();
  const dueMs = nextStaleMs(record, nowMs);
  if (dueMs === undefined) return;
  record.isStaleQueued = true;
  // The limit is that of the last report: the next one may bring a shorter one.
  core.queue.push(Math.min(dueMs, nowMs + STALE_AFTER_MS), { kind: 'stale', record });
}

function dispatch(core: HealthCore, item: DueItem, due: { dueMs: number; lateMs: number }): void {
  if (item instanceof HealthRecord) {
    if (item.isRegistered) onBeatDue(core, item, due);
    return;
  }
  const { record } = item;
  if (!record.isRegistered) return;
  if (item.kind === 'ask') onAskDue(core, record, item);
  else if (item.kind === 'late') onLate(core, record, item);
  else if (item.kind === 'deadline') onDeadline(core, record, { ...item, lateMs: due.lateMs });
  else if (item.kind === 'work') onWorkDue(core, record, item.work);
  else if (item.kind === 'stale') {
    record.isStaleQueued = false;
    watchStaleness(core, record);
  } else if (item.epoch === record.epoch) {
    condemnIfDue(core, record);
    core.judge(record);
  }
}
