import type { EndedSpans } from './ended-spans.js';
import { idOf, msOf, type OtlpSpan } from './otlp-messages.js';

/** A span of which nothing is known but what its ended children tell. */
interface OpenSpan {
  trace: string;
  /** When the last child ended, epoch ms by the clock of the process. */
  movedAt: number;
}

/** Spans of one process that have begun and not ended, by id; the one heard of first comes first. */
export type OpenSpans = Map<string, OpenSpan>;

const SERVER = new Set<unknown>([2, 5, 'SPAN_KIND_SERVER', 'SPAN_KIND_CONSUMER']);
/** Bits of a span's flags: whether it is known where its parent is, and that it is in another process. */
const PARENT_KNOWN = 0x100;
const PARENT_REMOTE = 0x200;
const MOST_OPEN = 1000;
/** By the clock of the process: what moved longer ago was lost on its way. */
const LONGEST_STILL_MS = 3_600_000;

/** A call of the service: it came from outside, or began here. */
export function isCall({ kind, parentSpanId }: OtlpSpan): boolean {
  return SERVER.has(kind) || idOf(parentSpanId) === '';
}

/** What comes has ended. Called with all spans of an export before any of them is followed: they come in any order. */
export function endSpans(spans: readonly OtlpSpan[], open: OpenSpans, ended: EndedSpans): void {
  for (const { spanId, parentSpanId } of spans) {
    const id = idOf(spanId);
    open.delete(id);
    ended.add(id, idOf(parentSpanId));
  }
}

/**
 * A parent in this process that has not come yet still runs; its own coming ends it. One that was lost on its way never
 * comes: it is given up when the process has begun and ended another call since it last moved, or after an hour. One
 * that runs all the same is open again as soon as a child of it ends.
 */
export function followSpans(spans: readonly OtlpSpan[], open: OpenSpans, ended: EndedSpans): void {
  for (const span of spans) {
    const parent = idOf(span.parentSpanId);
    if (parent === '' || !isParentLocal(span) || ended.has(parent)) continue;
    const movedAt = Math.max(endOf(span), open.get(parent)?.movedAt ?? 0);
    open.set(parent, { trace: idOf(span.traceId), movedAt });
    // Its process may have died: it will never come.
    if (open.size > MOST_OPEN) for (const oldest of open.keys()) if (open.delete(oldest)) break;
  }
  const isLost = lostSince(spans);
  for (const [id, one] of open) if (isLost(one)) open.delete(id);
}

function lostSince(spans: readonly OtlpSpan[]): (one: OpenSpan) => boolean {
  const calls = spans
    .filter(isCall)
    .map(({ traceId, startTimeUnixNano }) => ({
      trace: idOf(traceId),
      startedAt: msOf(startTimeUnixNano) ?? 0,
    }))
    .sort((a, b) => b.startedAt - a.startedAt);
  const [latest] = calls;
  // Of the latest call's own trace another one must tell: calls within a call prove nothing of it.
  const other = calls.find(({ trace }) => trace !== latest?.trace);
  const now = spans.reduce((newest, span) => Math.max(newest, endOf(span)), 0);
  return ({ trace, movedAt }) => {
    const call = trace === latest?.trace ? other : latest;
    return (call !== undefined && call.startedAt > movedAt) || now - movedAt > LONGEST_STILL_MS;
  };
}

function isParentLocal({ flags = 0 }: OtlpSpan): boolean {
  return (flags & PARENT_KNOWN) !== 0 && (flags & PARENT_REMOTE) === 0;
}

function endOf({ endTimeUnixNano, startTimeUnixNano }: OtlpSpan): number {
  return msOf(endTimeUnixNano) ?? msOf(startTimeUnixNano) ?? 0;
}
