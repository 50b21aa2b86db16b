import type { AgentStatus } from './agent-types.js';

/** The daemon takes names of so many characters. */
const LONGEST_NAME = 200;
/** Nothing in a name may move the cursor of a terminal or end the line. */
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u;
const EACH_CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/gu;
/** As good as none: a deadline must be a number that JSON has. */
const NO_DEADLINE_MS = 365 * 86_400_000;
const STATUSES: readonly unknown[] = ['ok', 'warn', 'error', 'unknown'] satisfies (AgentStatus | 'unknown')[];
const SHOWN = 60;

/** Something an agent said that the daemon would refuse a whole report for. */
export interface Misfit {
  /** `metric`, `tool`, `deadlineMs`, `status`. */
  readonly field: string;
  /** What is wrong, and what was made of it. One of a few sentences. */
  readonly why: string;
  /** What was given, cut and without control characters. */
  readonly found: string;
}

/** Hears of a misfit; must return at once. */
export type OnMisfit = (misfit: Misfit) => void;

/** @returns Undefined when it cannot be told: another name would be another metric. */
export function fitMetric(name: unknown, value: unknown, onMisfit: OnMisfit): [string, number] | undefined {
  const why = nameProblem(name);
  const told = typeof value === 'bigint' ? Number(value) : value;
  if (why !== undefined) onMisfit({ field: 'metric', why: `${why}: it is left out`, found: show(name) });
  else if (typeof told !== 'number' || !Number.isFinite(told))
    onMisfit({ field: 'metric', why: 'its value is no finite number: it is left out', found: show(name) });
  else return [name as string, told];
  return undefined;
}

/** A name for the tool under which the daemon sees that it runs, whatever it is called. */
export function fitToolName(name: unknown, onMisfit: OnMisfit): string {
  const why = nameProblem(name);
  if (why === undefined) return name as string;
  onMisfit({ field: 'tool', why: `${why}: it is told without that`, found: show(name) });
  return plainText(name).replace(EACH_CONTROL, ' ').slice(0, LONGEST_NAME) || 'unnamed';
}

/** @returns ms; undefined for the daemon's default. */
export function fitDeadline(deadlineMs: unknown, onMisfit: OnMisfit): number | undefined {
  if (deadlineMs === undefined || deadlineMs === null) return undefined;
  const misfit = (why: string) => onMisfit({ field: 'deadlineMs', why, found: show(deadlineMs) });
  if (deadlineMs === Number.POSITIVE_INFINITY) {
    misfit('it is told as a year');
    return NO_DEADLINE_MS;
  }
  if (typeof deadlineMs === 'number' && Number.isFinite(deadlineMs) && deadlineMs > 0) return deadlineMs;
  misfit('it is no number above 0: the default holds');
  return undefined;
}

/** Another word is told as a warning: whoever says something is to be looked at. */
export function fitStatus(status: unknown, onMisfit: OnMisfit): AgentStatus {
  if (STATUSES.includes(status)) return status as AgentStatus;
  onMisfit({
    field: 'status',
    why: 'it is none of ok, warn and error: it is told as warn',
    found: show(status),
  });
  return 'warn';
}

/** The message of an error, or any value as text; never throws. */
export function messageOf(said: unknown): string {
  try {
    return said instanceof Error && typeof said.message === 'string' && said.message !== ''
      ? said.message
      : plainText(said);
  } catch {
    // Its message is a getter that throws, or it is a proxy that answers nothing.
    return typeof said;
  }
}

/** Where an error was made; undefined of what is no error or does not tell. Never throws. */
export function stackOf(thrown: unknown): string | undefined {
  try {
    return thrown instanceof Error && typeof thrown.stack === 'string' ? thrown.stack : undefined;
  } catch {
    return undefined;
  }
}

/** What an agent gives as the reason of a state; undefined when it gives none. */
export function fitDetails(details: unknown): string | undefined {
  return details === undefined || details === null ? undefined : messageOf(details);
}

/** Any value as text; never throws. */
export function plainText(value: unknown): string {
  try {
    return String(value);
  } catch {
    // An object without a prototype, or one whose own method throws.
    return typeof value;
  }
}

function nameProblem(name: unknown): string | undefined {
  if (typeof name !== 'string') return 'its name is no text';
  if (name === '') return 'its name is empty';
  if (name.length > LONGEST_NAME) return `its name is longer than ${LONGEST_NAME} characters`;
  return CONTROL.test(name) ? 'its name has control characters' : undefined;
}

function show(value: unknown): string {
  const text = plainText(value);
  const short = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
  return `'${short.replace(EACH_CONTROL, ' ')}'`;
}
