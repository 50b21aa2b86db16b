import type { LogEntry, LogLevel } from '@dreamnet/contracts';
import { isAtLeast } from './line-reading.js';
import type { LogStream } from './log-files.js';

/** Which lines are wanted. */
export interface LogFilter {
  /** Epoch ms, both inclusive. */
  readonly sinceMs?: number;
  readonly untilMs?: number;
  /** This level and worse. Lines without a level count as `warn` on standard error and are left out of the rest. */
  readonly level?: LogLevel;
  /** Only lines with this text in them, after secrets were masked; capitals make no difference. */
  readonly grep?: string;
}

/** Which lines of which processes. */
export interface LogQuery extends LogFilter {
  readonly ids: readonly string[];
  /** Default both. */
  readonly streams?: readonly LogStream[];
  /** Most lines, the last ones, of all processes together. Default all with `sinceMs`, else 100. */
  readonly lines?: number;
}

/** A test for lines, made once a query. */
export function createLineTest(filter: LogFilter): (entry: LogEntry) => boolean {
  const { sinceMs = Number.NEGATIVE_INFINITY, untilMs = Number.POSITIVE_INFINITY, level } = filter;
  const wanted = filter.grep?.toLowerCase();
  return (entry) => {
    if (entry.at < sinceMs || entry.at > untilMs) return false;
    if (level !== undefined && !isBadEnough(entry, level)) return false;
    return wanted === undefined || entry.line.toLowerCase().includes(wanted);
  };
}

/** Does a filter want every line? Then the last ones are found from the end. */
export function wantsAll({ sinceMs, untilMs, level, grep }: LogFilter): boolean {
  return sinceMs === undefined && untilMs === undefined && level === undefined && grep === undefined;
}

function isBadEnough({ level, stream }: LogEntry, least: LogLevel): boolean {
  const counted = level ?? (stream === 'err' ? 'warn' : null);
  return counted !== null && isAtLeast(counted, least);
}
