import type { CarriedCalls, Liveness, Progress } from '@dreamnet/contracts';
import { type Loop, loopOf, loopReason } from './call-loops.js';
import type { Work } from './health-record.js';

/** Movement counts as present for this long after it was seen: three sample windows, so that one quiet one is forgiven. */
const MOVING_FOR_MS = 2000;
/** A sample window shorter than this says more about the scheduler than about the process. */
const WINDOW_MS = 500;
/** Less than this share of a core is idling, timers and our own probes being refused. */
const CPU_SHARE = 0.05;
/** Less than this is the traffic of our own probes. */
const IO_BYTES_PER_S = 64 * 1024;
/** So many calls in a row without an answer are no accident of one. */
const UNANSWERED_CALLS = 3;
/** How long an open tool call counts as work when it names no deadline of its own. */
export const TOOL_CALL_DEADLINE_MS = 600_000;

/** What the progress axis is derived from. Times are monotonic ms. */
export interface ProgressInputs {
  work: Work | undefined;
  liveness: Liveness;
  /** Its questions are answered, as far as it is asked any. */
  isAnswering: boolean;
  isReady: boolean;
  hasCounters: boolean;
  stallAfterMs: number;
  loopAfter: number;
  nowMs: number;
}

type OpenCall = CarriedCalls['open'][number];

interface Rule {
  state: Progress;
  holds: (inputs: ProgressInputs) => boolean;
  reason: (inputs: ProgressInputs) => string;
}

/** The first rule that holds decides. */
const RULES: readonly Rule[] = [
  { state: 'unknown', holds: ({ liveness }) => liveness === 'dead', reason: () => 'there is no process' },
  {
    state: 'looping',
    // One that does not answer is judged by whether anything moves: a loop must not make it look idle, nor hide it.
    holds: (inputs) => inputs.isAnswering && currentLoop(inputs) !== undefined,
    reason: (inputs) => {
      const loop = currentLoop(inputs);
      return loop === undefined ? '' : loopReason(loop, inputs.nowMs);
    },
  },
  {
    state: 'moving',
    holds: (inputs) => inputs.liveness !== 'suspended' && isToolCallOpen(inputs.work, inputs.nowMs),
    reason: ({ work, nowMs }) =>
      `tool call ${work?.toolCall?.name ?? ''} open for ${seconds(nowMs - (work?.toolCall?.startedMs ?? nowMs))}`,
  },
  {
    state: 'moving',
    // That it does not answer us meanwhile is what one does that works on one thing at a time.
    holds: (inputs) => inputs.liveness !== 'suspended' && !inputs.isAnswering && isOnCall(inputs),
    reason: (inputs) => {
      const { ageMs, leftMs } = openCall(inputs) ?? { ageMs: 0, leftMs: 0 };
      return `it has been on a call for ${seconds(ageMs)} that may take ${seconds(ageMs + leftMs)}`;
    },
  },
  {
    state: 'moving',
    holds: (inputs) =>
      inputs.liveness !== 'suspended' &&
      !inputs.isAnswering &&
      (inputs.work?.carried?.answeredAgoMs ?? Number.POSITIVE_INFINITY) <= MOVING_FOR_MS,
    reason: () => 'it has just answered a call',
  },
  {
    state: 'moving',
    holds: (inputs) =>
      inputs.liveness !== 'suspended' &&
      inputs.work?.lastMovedMs !== undefined &&
      inputs.nowMs - inputs.work.lastMovedMs <= MOVING_FOR_MS,
    reason: ({ work }) => work?.movedBy ?? '',
  },
  {
    state: 'stuck',
    holds: (inputs) =>
      inputs.isAnswering && inputs.hasCounters && unansweredForMs(inputs) >= inputs.stallAfterMs,
    reason: (inputs) =>
      `it answers questions, but none of its last ${inputs.work?.carried?.unanswered?.count ?? 0} calls, for ${seconds(unansweredForMs(inputs))}, and nothing moved`,
  },
  {
    state: 'idle',
    holds: (inputs) => !isPending(inputs) && inputs.work?.inFlight === 0,
    reason: () => 'it reports no work in flight',
  },
  {
    state: 'idle',
    holds: (inputs) => !isPending(inputs) && inputs.isReady,
    reason: () => 'it tells of no work in flight',
  },
  {
    state: 'unknown',
    holds: (inputs) => !isPending(inputs),
    reason: () => 'nothing tells of its work',
  },
  {
    state: 'unknown',
    holds: (inputs) => !inputs.hasCounters && inputs.work?.counter === undefined,
    reason: ({ isAnswering }) =>
      isAnswering
        ? 'work is in flight; nothing tells whether it moves'
        : 'it does not answer; nothing tells why',
  },
  {
    state: 'stuck',
    holds: (inputs) => stillForMs(inputs) >= inputs.stallAfterMs,
    reason: (inputs) =>
      `${inputs.isAnswering ? 'work is in flight' : 'it does not answer'} and nothing moved for ${seconds(stillForMs(inputs))}`,
  },
  {
    state: 'moving',
    holds: (inputs) => inputs.isAnswering && inputs.liveness !== 'suspended',
    reason: (inputs) =>
      `${inputs.work?.inFlight ?? 0} in flight, last moved ${seconds(stillForMs(inputs))} ago`,
  },
  {
    state: 'unknown',
    holds: () => true,
    reason: (inputs) =>
      `nothing moved for ${seconds(stillForMs(inputs))}; stuck after ${seconds(inputs.stallAfterMs)}`,
  },
];

/**
 * The progress axis; pure.
 *
 * `moving` while it does not answer always rests on something that moved within the last two seconds or on an open tool call.
 */
export function deriveProgress(inputs: ProgressInputs): { state: Progress; reason: string; loop?: Loop } {
  const rule = RULES.find(({ holds }) => holds(inputs));
  const reading = { state: rule?.state ?? 'unknown', reason: rule?.reason(inputs) ?? 'no rule holds' };
  const loop = reading.state === 'looping' ? currentLoop(inputs) : undefined;
  return loop === undefined ? reading : { ...reading, loop };
}

/** The loop it is in. One that made no call for as long as would be a stall has left it. */
function currentLoop({ work, loopAfter, stallAfterMs, nowMs }: ProgressInputs): Loop | undefined {
  const run = work?.calls;
  if (run === undefined || nowMs - run.lastMs > stallAfterMs) return undefined;
  return loopOf(run, loopAfter);
}

/**
 * The call that explains its silence longest: one that it had before it fell silent, or before it answered another one since. Calls
 * that came later explain nothing, or new ones would keep one that hangs for ever.
 */
function openCall({ work, nowMs }: ProgressInputs): OpenCall | undefined {
  const carried = work?.carried;
  if (carried === undefined) return undefined;
  const silentForMs = nowMs - (work?.pendingSinceMs ?? nowMs);
  const leastAgeMs = Math.min(silentForMs, carried.answeredAgoMs ?? silentForMs);
  return carried.open
    .filter(({ ageMs, leftMs }) => ageMs >= leastAgeMs && leftMs > 0)
    .reduce<OpenCall | undefined>(
      (last, call) => (last !== undefined && last.leftMs >= call.leftMs ? last : call),
      undefined,
    );
}

function isOnCall(inputs: ProgressInputs): boolean {
  return openCall(inputs) !== undefined;
}

/** How long it has left calls unanswered, ms: from the begin of the first to the end of the last. 0 for too few to tell. */
function unansweredForMs({ work }: ProgressInputs): number {
  const run = work?.carried?.unanswered;
  return run === undefined || run.count < UNANSWERED_CALLS ? 0 : run.forMs;
}

/** Is a tool call open within its deadline? */
function isToolCallOpen(work: Work | undefined, nowMs: number): boolean {
  return work?.toolCall !== undefined && nowMs < work.toolCall.untilMs;
}

/**
 * Takes one sample of the process tree's counters: a full window is judged, and the next one begins with it.
 *
 * @returns Whether this sample ended a window.
 */
export function takeSample(
  work: Work,
  sample: { atMs: number; cpuMs: number; ioBytes: number },
  nowMs: number,
) {
  work.latest = sample;
  const anchor = work.anchor;
  // Counters that run backwards belong to another tree: begin again.
  if (anchor === undefined || sample.cpuMs < anchor.cpuMs || sample.ioBytes < anchor.ioBytes) {
    work.anchor = sample;
    return false;
  }
  const spanMs = sample.atMs - anchor.atMs;
  if (spanMs < WINDOW_MS) return false;
  work.anchor = sample;
  const cpuShare = (sample.cpuMs - anchor.cpuMs) / spanMs;
  const ioBytesPerS = ((sample.ioBytes - anchor.ioBytes) * 1000) / spanMs;
  work.evidence = {
    cpuShare: round(cpuShare),
    ioBytesPerS: Math.round(ioBytesPerS),
    windowMs: Math.round(spanMs),
  };
  if (cpuShare >= CPU_SHARE) markMoved(work, nowMs, `it uses ${Math.round(cpuShare * 100)} % of a core`);
  else if (ioBytesPerS >= IO_BYTES_PER_S)
    markMoved(work, nowMs, `it moves ${Math.round(ioBytesPerS / 1024)} KiB/s`);
  return true;
}

/** Notes that something moved now, and what. */
export function markMoved(work: Work, nowMs: number, by: string): void {
  work.lastMovedMs = nowMs;
  work.movedBy = by;
}

function isPending({ work, isAnswering }: ProgressInputs): boolean {
  return !isAnswering || (work?.inFlight ?? 0) > 0;
}

function stillForMs({ work, nowMs }: ProgressInputs): number {
  const since = Math.max(work?.lastMovedMs ?? 0, work?.pendingSinceMs ?? nowMs);
  return Math.max(0, nowMs - since);
}

function seconds(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
}

function round(share: number): number {
  return Math.round(share * 1000) / 1000;
}
