import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type LocalProcessSpec, STOP_SIGNALS } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import { supervisorError } from '../errors.js';
import { formatMarker, MARKER_VARIABLE } from '../linux/marker.js';
import type { LogFiles } from '../logs/log-files.js';

/** Ids name log files, cgroups and markers, so they are plain. */
const PLAIN_ID = /^[A-Za-z0-9][A-Za-z0-9._@:#+-]{0,127}$/;

/** Everything a start needs, made ready beforehand: a restart after a crash only fills in the generation. */
export interface SpawnPlan {
  readonly spec: LocalProcessSpec;
  readonly instanceId: string;
  readonly argv: readonly [string, ...string[]];
  /** Without the mark. */
  readonly env: Readonly<Record<string, string>>;
  readonly logs: LogFiles;
  /** Why it must not be started. */
  readonly refusal?: DreamnetError;
}

export interface SpawnPlanOptions {
  readonly instanceId: string;
  readonly logs: LogFiles;
  /** The command as it is run: the specification's, or wrapped to enter its limits first. */
  readonly argv: readonly [string, ...string[]];
  /** Added to the specification's. */
  readonly env?: Readonly<Record<string, string>>;
  readonly refusal?: DreamnetError;
}

/** @throws DN_SUPERVISOR_SPEC_INVALID when nothing could ever be started from it. */
export function checkSpec(spec: LocalProcessSpec): void {
  const problem = specProblem(spec);
  if (problem) throw supervisorError('DN_SUPERVISOR_SPEC_INVALID', { id: spec.id, problem });
}

/** Prepares the starts of one process; its own session and group, exactly the given environment. */
export function createSpawnPlan(spec: LocalProcessSpec, options: SpawnPlanOptions): SpawnPlan {
  const { instanceId, logs, argv, refusal } = options;
  const env = { ...spec.env, ...options.env };
  return { spec, instanceId, argv, env, logs, ...(refusal && { refusal }) };
}

/** What one start of the plan is given, its mark included. */
export function environmentOf(
  { instanceId, spec, env }: SpawnPlan,
  generation: number,
): Record<string, string> {
  return { ...env, [MARKER_VARIABLE]: formatMarker({ instanceId, processId: spec.id, generation }) };
}

/** A failed start in words: what was missing, and where. */
export function spawnError(spec: LocalProcessSpec, cause: unknown): DreamnetError {
  if (DreamnetError.is(cause)) return cause;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  // Before the spawn logs are opened and limits made; their failures name the file themselves.
  const isSpawn = cause instanceof Error && 'syscall' in cause && String(cause.syscall).startsWith('spawn');
  const problem =
    (isSpawn ? reasonOf(spec, code) : undefined) ?? (cause instanceof Error ? cause.message : String(cause));
  return failure(spec, problem, cause);
}

/** A start that failed elsewhere, in words. @param code The kernel's, as `ENOENT`. */
export function startFailure(
  spec: LocalProcessSpec,
  step: 'cwd' | 'log' | 'program',
  code: string,
): DreamnetError {
  if (step === 'log')
    return failure(spec, `its log could not be opened (${code}); look at the folder of the logs`);
  return failure(spec, reasonOf(spec, code) ?? `the kernel refuses it (${code})`);
}

function failure(spec: LocalProcessSpec, problem: string, cause?: unknown): DreamnetError {
  const { cwd, id, command } = spec;
  return supervisorError('DN_SUPERVISOR_SPAWN_FAILED', { id, problem, command: command[0], cwd }, cause);
}

function reasonOf(spec: LocalProcessSpec, code: string): string | undefined {
  const { cwd } = spec;
  const reasons: Record<string, () => string> = {
    ENOENT: () => whatIsMissing(spec),
    EACCES: () => whatIsForbidden(spec),
    ENOEXEC: () =>
      `'${spec.command[0]}' is no program the kernel knows (ENOEXEC); begin a script with #! and its interpreter`,
    ENOTDIR: () => `its working directory ${cwd} is not a directory (ENOTDIR)`,
    EAGAIN: () => 'the machine has no room for another process (EAGAIN); look at the limit of pids',
    EMFILE: () => 'too many files are open in the supervisor (EMFILE); raise its limit of open files',
    E2BIG: () => 'its arguments and environment are too long (E2BIG)',
  };
  return reasons[code]?.();
}

function whatIsMissing({ cwd, command: [program] }: LocalProcessSpec): string {
  if (!isDirectory(cwd)) return `its working directory ${cwd} does not exist (ENOENT)`;
  // The kernel says the same of a script that is there and whose interpreter is not.
  const interpreter = isFile(cwd, program) ? interpreterOf(resolve(cwd, program)) : undefined;
  if (interpreter !== undefined)
    return `'${program}' is there, its interpreter '${interpreter}' is not (ENOENT); install it, or mend the first line`;
  return `the command '${program}' was not found (ENOENT); install it, or give the process a PATH that leads to it`;
}

function whatIsForbidden({ cwd, command: [program] }: LocalProcessSpec): string {
  if (isFile(cwd, program) && !hasExecuteBit(resolve(cwd, program)))
    return `'${program}' may not be executed: it is not marked executable (EACCES); run chmod +x ${resolve(cwd, program)}`;
  return `'${program}' may not be executed, or ${cwd} not entered (EACCES); look at their permissions`;
}

function specProblem(spec: LocalProcessSpec): string | undefined {
  if (!PLAIN_ID.test(spec.id))
    return 'its id must be 1 to 128 letters, digits or . _ @ : # + - and begin with a letter or digit';
  const strings = [...spec.command, spec.cwd, ...Object.entries(spec.env).flat()];
  if (strings.some((text) => text.includes('\0'))) return 'command, cwd and env must not hold a zero byte';
  if (spec.command[0] === '') return 'its command is empty';
  if (!(spec.stopDeadlineMs >= 0)) return 'stopDeadlineMs must be 0 or more';
  const { signal, stdinMs = 0 } = spec.stop ?? {};
  if (signal !== undefined && !STOP_SIGNALS.includes(signal))
    return `it cannot be asked to end by '${signal}': take one of ${STOP_SIGNALS.join(', ')}`;
  if (!(stdinMs >= 0)) return 'stop.stdinMs must be 0 or more';
  const { intensity, periodMs, backoff, halfOpenAfterMs } = spec.restart;
  const numbers = [
    intensity,
    periodMs,
    backoff.initialMs,
    backoff.maxMs,
    backoff.resetAfterMs,
    halfOpenAfterMs,
  ];
  if (numbers.some((value) => !(value >= 0))) return 'every number of its restart policy must be 0 or more';
  return undefined;
}

/** Of what stands in a search path nothing is said here. */
function isFile(cwd: string, program: string): boolean {
  if (!program.includes('/')) return false;
  return statSync(resolve(cwd, program), { throwIfNoEntry: false })?.isFile() ?? false;
}

function hasExecuteBit(path: string): boolean {
  return ((statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o111) !== 0;
}

/** @source execve(2): a script's first line names its interpreter within 256 bytes. */
const LONGEST_FIRST_LINE_BYTES = 256;

/** The interpreter a script names; undefined when it is none, or cannot be read. */
function interpreterOf(path: string): string | undefined {
  try {
    const file = openSync(path, 'r');
    try {
      const head = Buffer.alloc(LONGEST_FIRST_LINE_BYTES);
      const text = head.toString('utf8', 0, readSync(file, head));
      return /^#![ \t]*([^\s\0]+)/.exec(text)?.[1];
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
