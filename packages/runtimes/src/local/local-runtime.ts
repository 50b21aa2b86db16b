import type {
  InstallationChoice,
  LaunchSpec,
  LocalProcessSpec,
  Runtime,
  RuntimeEnvironment,
  RuntimeHandle,
  RuntimeInspection,
  RuntimeIo,
  SupervisedPhase,
  SupervisedProcess,
} from '@dreamnet/contracts';
import type { DreamnetError } from '@dreamnet/kit';
import { z } from 'zod';
import { runtimesError } from '../errors.js';
import { findProgram, isDirectory } from './find-program.js';
import { chooseStdio, type LocalConfig, parseLocalConfig } from './local-config.js';

/** What makes one local platform different from another. */
export interface LocalPlatform<C extends LocalConfig> {
  kind: string;
  schema: z.ZodType<C>;
  /** The program and variables to launch with; the rest of the command follows the program. */
  chooseProgram(config: C, spec: LaunchSpec): Promise<{ program: string; env?: Record<string, string> }>;
  versions?(config?: C): Promise<readonly string[]>;
  /** See `Runtime.explainChoice`. */
  explainChoice?(config: C, spec: LaunchSpec): Promise<InstallationChoice | null>;
  /** See `Runtime.environmentOf`. */
  environmentOf?(config: C, spec: LaunchSpec): Promise<RuntimeEnvironment | null>;
}

/**
 * A runtime whose processes the local process host keeps. A launch that fails is for the host to try again, as after a crash; what
 * runs already is never launched twice.
 */
export function createLocalRuntime<C extends LocalConfig>(platform: LocalPlatform<C>): Runtime {
  const { kind } = platform;
  const localSpec = (spec: LaunchSpec) => toLocalSpec(platform, spec);
  const configOf = ({ config, processId }: LaunchSpec) =>
    parseLocalConfig(platform.schema, config, { kind, processId });
  return {
    kind,
    configSchema: z.toJSONSchema(platform.schema, { io: 'input' }),
    localSpec,
    launch: async (spec, io) => {
      await launchLocal(await localSpec(spec), io);
      return { runtime: kind, processId: spec.processId, ref: {} };
    },
    inspect: async (handle, io) => inspectLocal(io.processes.get(checkHandle(kind, handle))),
    stop: async (handle, io, deadlineMs) => {
      const id = checkHandle(kind, handle);
      if (io.processes.get(id)) await io.processes.stop(id, deadlineMs);
    },
    attach: async (handle, io) => {
      const found = io.processes.get(checkHandle(kind, handle));
      return found !== undefined && isKept(found.phase);
    },
    ...(platform.explainChoice && {
      explainChoice: async (spec: LaunchSpec) =>
        (await platform.explainChoice?.(configOf(spec), spec)) ?? null,
    }),
    ...(platform.environmentOf && {
      environmentOf: async (spec: LaunchSpec) =>
        (await platform.environmentOf?.(configOf(spec), spec)) ?? null,
    }),
    ...(platform.versions && {
      versions: async (config?: Readonly<Record<string, unknown>>) => {
        const parsed = platform.schema.safeParse(config);
        return (await platform.versions?.(parsed.success ? parsed.data : undefined)) ?? [];
      },
    }),
  };
}

async function toLocalSpec<C extends LocalConfig>(
  platform: LocalPlatform<C>,
  spec: LaunchSpec,
): Promise<LocalProcessSpec> {
  const { processId, supervision } = spec;
  const who = { kind: platform.kind, processId };
  const config = parseLocalConfig(platform.schema, spec.config, who);
  const stdio = chooseStdio(spec.protocol, config, who);
  const { cwd, command } = config;
  // Whether they are there is for the start to find out: what is missing now may be there at the next try.
  const { program, env } = await platform.chooseProgram(config, spec);
  return {
    id: processId,
    command: [program, ...command.slice(1)],
    cwd,
    env: { ...env, ...spec.env },
    stdio,
    restart: supervision.restart,
    ...(spec.isolation && { isolation: spec.isolation }),
    ...(supervision.resources && { resources: supervision.resources }),
    stopDeadlineMs: supervision.stopDeadlineMs,
    ...(supervision.stop && { stop: supervision.stop }),
  };
}

async function launchLocal(spec: LocalProcessSpec, io: RuntimeIo): Promise<void> {
  const { id } = spec;
  if (io.signal.aborted) throw runtimesError('DN_RUNTIMES_CANCELLED', { processId: id });
  const phase = io.processes.get(id)?.phase;
  if (phase !== undefined && ALIVE.has(phase))
    throw runtimesError('DN_RUNTIMES_ALREADY_RUNNING', { processId: id, phase });
  try {
    await io.processes.launch(spec);
  } catch (thrown) {
    // Whether it is tried again is the host's to say, as after a crash.
    throw (await findMissing(spec)) ?? thrown;
  }
}

/** What a failed launch lacked, with where it was looked for; undefined when folder and program are there. */
async function findMissing({ id, cwd, command, env }: LocalProcessSpec): Promise<DreamnetError | undefined> {
  const processId = id;
  if (!(await isDirectory(cwd))) return runtimesError('DN_RUNTIMES_DIRECTORY_MISSING', { cwd, processId });
  const [program] = command;
  const found = await findProgram(program, { cwd, searchPath: env.PATH });
  if (found.ok) return undefined;
  return runtimesError('DN_RUNTIMES_PROGRAM_NOT_FOUND', { program, processId, searched: found.searched });
}

const ALIVE: ReadonlySet<SupervisedPhase> = new Set(['waiting', 'starting', 'running', 'stopping']);

/** Does the host still do something about it? */
function isKept(phase: SupervisedPhase): boolean {
  return ALIVE.has(phase) || phase === 'backoff' || phase === 'broken';
}

/** `exited` depends on how. A process that is being stopped still runs. */
const STATE_OF_PHASE = {
  idle: 'stopped',
  waiting: 'starting',
  starting: 'starting',
  running: 'running',
  stopping: 'running',
  backoff: 'failed',
  broken: 'failed',
  exited: 'failed',
} as const satisfies Record<SupervisedPhase, RuntimeInspection['state']>;

function inspectLocal(found: SupervisedProcess | undefined): RuntimeInspection {
  if (!found) return { state: 'gone', vendorState: 'unknown to the host', evidence: {} };
  const { phase, identity } = found;
  const isFine = phase === 'exited' && found.lastExit?.code === 0;
  const { startedAt, restarts, isAdopted, lastExit, nextAttemptAt, notEnforced } = found;
  return {
    state: isFine ? 'stopped' : STATE_OF_PHASE[phase],
    vendorState: phase,
    ...(identity && { identity: `${identity.pid}:${identity.startTicks}` }),
    evidence: { process: identity, startedAt, restarts, isAdopted, lastExit, nextAttemptAt, notEnforced },
  };
}

function checkHandle(kind: string, handle: RuntimeHandle): string {
  const { runtime, processId } = handle;
  if (runtime !== kind) throw runtimesError('DN_RUNTIMES_FOREIGN_HANDLE', { processId, runtime, kind });
  return processId;
}
