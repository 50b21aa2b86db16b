import { type HealthReport, LONGEST_TTL_MS, type SubsystemStatus } from '@dreamnet/contracts';
import { coreError } from '../errors.js';
import { foundText } from '../found-text.js';
import { LONGEST_TOLD } from '../told-text.js';

const STATUSES: readonly unknown[] = ['ok', 'warn', 'error', 'unknown'] satisfies SubsystemStatus[];
const LONGEST_TOOL_NAME = 500;
const MOST_CALLS = 100;

/** One field and what must hold of it when it is there. */
interface FieldRule {
  field: keyof HealthReport;
  expected: string;
  holds: (value: unknown) => boolean;
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown, longest: number): boolean =>
  typeof value === 'string' && value.length <= longest;

const RULES: readonly FieldRule[] = [
  {
    field: 'details',
    expected: `a text of at most ${LONGEST_TOLD} characters`,
    holds: (value) => isText(value, LONGEST_TOLD),
  },
  { field: 'at', expected: 'milliseconds since 1970', holds: Number.isFinite },
  { field: 'seq', expected: 'a whole number, 0 or more', holds: isCount },
  { field: 'inFlight', expected: 'a whole number, 0 or more', holds: isCount },
  { field: 'progress', expected: 'a number', holds: Number.isFinite },
  {
    field: 'ttlMs',
    expected: `a number of milliseconds above 0, ${LONGEST_TTL_MS} (365 days) at most`,
    holds: (value) => Number.isFinite(value) && (value as number) > 0 && (value as number) <= LONGEST_TTL_MS,
  },
  { field: 'isIrregular', expected: 'true or false', holds: (value) => typeof value === 'boolean' },
  { field: 'metrics', expected: 'an object of numbers', holds: isObject },
  { field: 'openToolCall', expected: 'a name, startedAt and maybe deadlineMs', holds: isToolCall },
  { field: 'calls', expected: 'a list of { signature, times? }', holds: Array.isArray },
];

/**
 * Refuses what a caller without types may hand over. Values within `metrics` are not looked at here: one bad value does
 * not make the others worthless.
 *
 * @throws DN_CORE_REPORT_INVALID
 */
export function checkReport(report: HealthReport): void {
  if (!STATUSES.includes(report.status))
    throw invalid('status', "'ok', 'warn', 'error' or 'unknown'", report.status);
  for (const { field, expected, holds } of RULES) {
    const value: unknown = report[field];
    if (value !== undefined && !holds(value)) throw invalid(field, expected, value);
  }
  if (report.calls !== undefined) checkCalls(report.calls);
}

/** The name a report is for. @throws DN_CORE_REPORT_INVALID when there is none */
export function nameOf(report: HealthReport): string {
  const name: unknown = isObject(report) ? report.subsystem : undefined;
  if (typeof name === 'string') return name;
  throw coreError('DN_CORE_REPORT_INVALID', {
    field: 'subsystem',
    expected: 'the name of a subsystem',
    found: foundText(name),
  });
}

function isToolCall(value: unknown): boolean {
  if (!isObject(value) || !isText(value.name, LONGEST_TOOL_NAME)) return false;
  const { startedAt, deadlineMs } = value;
  return Number.isFinite(startedAt) && (deadlineMs === undefined || Number.isFinite(deadlineMs));
}

/** Those that are looked at, each with its place. */
function checkCalls(calls: readonly unknown[]): void {
  for (let at = Math.max(0, calls.length - MOST_CALLS); at < calls.length; at += 1) {
    const call = calls[at];
    const place = `calls[${at}]`;
    if (!isObject(call)) throw invalid(place, 'an object with a signature', call);
    const { signature, times } = call;
    if (typeof signature !== 'string') throw invalid(`${place}.signature`, 'a text', signature);
    if (times !== undefined && !isCount(times))
      throw invalid(`${place}.times`, 'a whole number, 0 or more', times);
  }
}

function invalid(field: string, expected: string, found: unknown): Error {
  return coreError('DN_CORE_REPORT_INVALID', { field, expected, found: foundText(found) });
}
