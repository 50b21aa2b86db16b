import { type HealthReport, LONGEST_TTL_MS } from '@dreamnet/contracts';

/** The field that is not as it must be, as a path, and what was expected. */
export interface ReportProblem {
  readonly where: string;
  readonly why: string;
}

const LONGEST_NAME = 200;
const LONGEST_DETAILS = 2000;
/** A report with more is a mistake, such as an id within the names. */
const MOST_METRICS = 1000;
const MOST_CALLS = 100;
const LONGEST_SIGNATURE = 4000;
// A name may be shown on a terminal: nothing in it may move the cursor or end the line.
const HAS_CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u;
// Longer texts have lines and tabs; anything else that controls a terminal is no part of one.
const HAS_TEXT_CONTROL = /(?![\n\t])\p{Cc}/u;
/** What nearly all names are made of; saves the slower look. */
const IS_PLAIN = /^[\w .:/@{}="-]+$/;
const STATUSES: ReadonlySet<unknown> = new Set(['ok', 'warn', 'error', 'unknown']);

type Check = (value: unknown, where: string) => ReportProblem | undefined;

/** Every field a report may have and what it must be. Written by hand: this runs for each of 300 000 reports a second. */
const FIELDS: Readonly<Record<keyof HealthReport, Check>> = {
  subsystem: checkName,
  status: (value, where) =>
    STATUSES.has(value) ? undefined : { where, why: 'expected ok, warn, error or unknown' },
  details: (value, where) => checkLines(value, where, LONGEST_DETAILS),
  at: checkNumber,
  seq: checkCount,
  inFlight: checkCount,
  progress: checkNumber,
  openToolCall: checkToolCall,
  calls: checkCalls,
  metrics: checkMetrics,
  isIrregular: (value, where) =>
    typeof value === 'boolean' ? undefined : { where, why: 'expected true or false' },
  ttlMs: (value, where) =>
    checkPositive(value, where) ??
    ((value as number) > LONGEST_TTL_MS
      ? { where, why: `expected at most ${LONGEST_TTL_MS} (365 days)` }
      : undefined),
};

/** What is wrong with a value that was sent as a report; undefined when it is one. */
export function reportProblem(value: unknown): ReportProblem | undefined {
  if (!isRecord(value)) return { where: 'report', why: 'expected an object' };
  for (const field in value) {
    const given = value[field];
    if (!Object.hasOwn(FIELDS, field)) return { where: showKey(field), why: 'a report has no such field' };
    const problem = FIELDS[field as keyof HealthReport](given, field);
    if (problem !== undefined) return problem;
  }
  if (value.subsystem === undefined) return { where: 'subsystem', why: 'expected the name of a subsystem' };
  return value.status === undefined
    ? { where: 'status', why: 'expected ok, warn, error or unknown' }
    : undefined;
}

function checkName(value: unknown, where: string): ReportProblem | undefined {
  const problem = checkText(value, where, LONGEST_NAME);
  if (problem !== undefined) return problem;
  const name = value as string;
  if (IS_PLAIN.test(name)) return undefined;
  if (name === '') return { where, why: 'expected a name' };
  return HAS_CONTROL.test(name) ? { where, why: 'a name has no control characters' } : undefined;
}

function checkText(value: unknown, where: string, longest: number): ReportProblem | undefined {
  if (typeof value !== 'string') return { where, why: `expected a text, not ${kindOf(value)}` };
  return value.length > longest ? { where, why: `expected at most ${longest} characters` } : undefined;
}

function checkLines(value: unknown, where: string, longest: number): ReportProblem | undefined {
  const problem = checkText(value, where, longest);
  if (problem !== undefined) return problem;
  return HAS_TEXT_CONTROL.test(value as string)
    ? { where, why: 'a text has no control characters but newline and tab' }
    : undefined;
}

function checkNumber(value: unknown, where: string): ReportProblem | undefined {
  if (typeof value !== 'number') return { where, why: `expected a number, not ${kindOf(value)}` };
  // 1e999 is JSON.
  return Number.isFinite(value) ? undefined : { where, why: 'expected a finite number' };
}

function checkCount(value: unknown, where: string): ReportProblem | undefined {
  const isCount = Number.isSafeInteger(value) && (value as number) >= 0;
  return isCount ? undefined : { where, why: 'expected a whole number, 0 or more' };
}

function checkPositive(value: unknown, where: string): ReportProblem | undefined {
  const problem = checkNumber(value, where);
  if (problem !== undefined) return problem;
  return (value as number) > 0 ? undefined : { where, why: 'expected a number above 0' };
}

function checkMetrics(value: unknown, where: string): ReportProblem | undefined {
  if (!isRecord(value)) return { where, why: `expected an object of numbers, not ${kindOf(value)}` };
  let count = 0;
  for (const name in value) {
    count += 1;
    if (count > MOST_METRICS) return { where, why: `at most ${MOST_METRICS} metrics a report` };
    const metric = value[name];
    if (typeof metric !== 'number' || !Number.isFinite(metric))
      return checkNumber(metric, `${where}.${showKey(name)}`);
    if (name.length > LONGEST_NAME || !IS_PLAIN.test(name)) {
      const problem = checkName(name, `${where}.${showKey(name)}`);
      if (problem !== undefined) return problem;
    }
  }
  return undefined;
}

function checkToolCall(value: unknown, where: string): ReportProblem | undefined {
  if (!isRecord(value)) return { where, why: `expected an object, not ${kindOf(value)}` };
  for (const field in value)
    if (field !== 'name' && field !== 'startedAt' && field !== 'deadlineMs')
      return { where: `${where}.${showKey(field)}`, why: 'an open tool call has no such field' };
  return (
    checkName(value.name, `${where}.name`) ??
    checkNumber(value.startedAt, `${where}.startedAt`) ??
    (value.deadlineMs === undefined ? undefined : checkPositive(value.deadlineMs, `${where}.deadlineMs`))
  );
}

function checkCalls(value: unknown, where: string): ReportProblem | undefined {
  if (!Array.isArray(value)) return { where, why: `expected a list, not ${kindOf(value)}` };
  if (value.length > MOST_CALLS) return { where, why: `at most ${MOST_CALLS} calls a report` };
  for (const [index, call] of value.entries()) {
    const at = `${where}.${index}`;
    if (!isRecord(call)) return { where: at, why: `expected an object, not ${kindOf(call)}` };
    const problem =
      checkLines(call.signature, `${at}.signature`, LONGEST_SIGNATURE) ??
      (call.times === undefined ? undefined : checkCount(call.times, `${at}.times`));
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`;
}

/** A key as it may be shown: what could move a cursor is written as an escape, what is long is cut. */
function showKey(key: string): string {
  const short = key.length > 60 ? `${key.slice(0, 60)}…` : key;
  return HAS_CONTROL.test(short) ? JSON.stringify(short).replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, '?') : short;
}
