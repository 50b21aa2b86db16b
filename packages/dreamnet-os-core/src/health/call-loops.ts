import type { Evidence, ReportedCall } from '@dreamnet/contracts';

/** A loop is one call, or a round of two or three, made over and over. */
const LONGEST_ROUND = 3;
/** Calls of one report that are looked at; those before them were followed by these. */
const MOST_CALLS = 100;
const LONGEST_SIGNATURE = 300;
const SHOWN_SIGNATURE = 80;
/** A call repeated within one report is stepped through so often; beyond that it only counts. */
const MOST_STEPS = 2 * LONGEST_ROUND;

/** The calls a subsystem made last, as far as a loop shows in them. Times are monotonic ms. */
export interface CallRun {
  /** The last three, newest last. */
  readonly recent: string[];
  /** Per length of round: how many calls in a row were the same as the one so many calls before. */
  readonly runs: number[];
  /** Per length of round: when the first call of the run was made. */
  readonly sinceMs: number[];
  lastMs: number;
}

/** The same calls over and over. */
export interface Loop {
  calls: readonly string[];
  times: number;
  sinceMs: number;
}

/** No call has been reported. */
export function createCallRun(): CallRun {
  return { recent: [], runs: [0, 0, 0], sinceMs: [0, 0, 0], lastMs: 0 };
}

/** Takes the calls of one report, oldest first. */
export function noteCalls(run: CallRun, calls: readonly ReportedCall[], nowMs: number): void {
  for (const { signature, times = 1 } of calls.slice(-MOST_CALLS)) {
    if (times < 1) continue;
    const call = shorten(signature);
    for (let step = 0; step < Math.min(times, MOST_STEPS); step += 1) noteCall(run, call, nowMs);
    const rest = Math.max(0, times - MOST_STEPS);
    for (let at = 0; at < LONGEST_ROUND; at += 1) run.runs[at] = (run.runs[at] ?? 0) + rest;
  }
}

/**
 * The loop that the last calls are, if they are one.
 *
 * @param loopAfter How many times in a row make a loop; 0: never.
 */
export function loopOf(run: CallRun, loopAfter: number): Loop | undefined {
  if (loopAfter < 1) return undefined;
  for (let round = 1; round <= LONGEST_ROUND; round += 1) {
    const times = Math.floor((run.runs[round - 1] ?? 0) / round) + 1;
    const isWhole = run.recent.length >= round;
    if (isWhole && times >= Math.max(2, loopAfter))
      return { calls: run.recent.slice(-round), times, sinceMs: run.sinceMs[round - 1] ?? 0 };
  }
  return undefined;
}

/** A loop in words. */
export function loopReason({ calls, times, sinceMs }: Loop, nowMs: number): string {
  const what = calls.map((call) =>
    call.length > SHOWN_SIGNATURE ? `${call.slice(0, SHOWN_SIGNATURE)}…` : call,
  );
  const which = calls.length === 1 ? 'the same call' : `the same ${calls.length} calls`;
  return `${which} ${times} times in a row within ${Math.ceil((nowMs - sinceMs) / 1000)} s: ${what.join(' → ')}`;
}

/** @param offsetMs Epoch ms less monotonic ms. */
export function loopEvidence({ calls, times, sinceMs }: Loop, offsetMs: number): Evidence {
  return { calls, times, since: Math.round(offsetMs + sinceMs) };
}

function noteCall(run: CallRun, call: string, nowMs: number): void {
  for (let round = 1; round <= LONGEST_ROUND; round += 1) {
    const isSame = run.recent.at(-round) === call;
    const before = run.runs[round - 1] ?? 0;
    if (isSame && before === 0) run.sinceMs[round - 1] = run.lastMs;
    run.runs[round - 1] = isSame ? before + 1 : 0;
  }
  run.recent.push(call);
  if (run.recent.length > LONGEST_ROUND) run.recent.shift();
  run.lastMs = nowMs;
}

/** Long calls often differ only at their end, so the whole of them goes into the digest (FNV-1a). */
function shorten(signature: string): string {
  if (signature.length <= LONGEST_SIGNATURE) return signature;
  let digest = 0x811c9dc5;
  for (let at = 0; at < signature.length; at += 1)
    digest = Math.imul(digest ^ signature.charCodeAt(at), 0x01000193) >>> 0;
  // Through JSON, so that the short text does not keep the long one in memory.
  const start = JSON.parse(JSON.stringify(signature.slice(0, SHOWN_SIGNATURE))) as string;
  return `${start}… (${signature.length} characters, ${digest.toString(16)})`;
}
