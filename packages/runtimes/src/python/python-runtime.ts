import { basename, join } from 'node:path';
import type { InstallationChoice, LaunchSpec, Runtime, RuntimeEnvironment } from '@dreamnet/contracts';
import { z } from 'zod';
import { runtimesError } from '../errors.js';
import { createScriptFollower } from '../installations/behind-script.js';
import {
  type Candidate,
  chooseInstallation,
  pickInstallation,
} from '../installations/choose-installation.js';
import {
  findInSearchPath,
  findManaged,
  type ManagerVariables,
  pythonManagers,
  withoutRepeats,
} from '../installations/find-installations.js';
import { isExecutable } from '../local/find-program.js';
import { absolutePathSchema, localConfigFields } from '../local/local-config.js';
import { createLocalRuntime } from '../local/local-runtime.js';
import { createVersionReader } from '../local/program-version.js';

/** Names in a command that stand for the interpreter we choose. */
const INTERPRETER_NAMES: ReadonlySet<string> = new Set(['python', 'python3']);

const pythonConfigSchema = z
  .strictObject({
    ...localConfigFields,
    /** The interpreter to use. */
    python: absolutePathSchema.optional(),
    /** A virtual environment; its interpreter is used. */
    venv: absolutePathSchema.optional(),
  })
  .superRefine((config, context) => {
    const { python, venv, command } = config;
    if (python !== undefined && venv !== undefined)
      context.addIssue({ code: 'custom', path: ['venv'], message: 'python and venv exclude each other' });
    const isChosen = python !== undefined || venv !== undefined;
    if (isChosen && !INTERPRETER_NAMES.has(command[0] ?? ''))
      context.addIssue({
        code: 'custom',
        path: ['command'],
        message: 'must begin with python or python3 for the chosen interpreter to be used',
      });
  });

type PythonConfig = z.infer<typeof pythonConfigSchema>;

export interface PythonRuntimeOptions {
  /** The daemon's PATH, where `python3` is looked for when nothing else is said. */
  searchPath: string;
  /** Lets the folders of pyenv, asdf and mise be found; without it they are not looked at. */
  managers?: ManagerVariables;
}

/**
 * Python agents as local processes. `python` and `python3` at the beginning of a command mean the configured
 * interpreter, that of a virtual environment, or the first installation that is what the context asks for. Output is
 * not buffered, so that a log line is there when it is written.
 */
export function createPythonRuntime(options: PythonRuntimeOptions): Runtime {
  const reader = createVersionReader('python');
  const follow = createScriptFollower(['-I', '-c', 'import sys; print(sys.executable)']);
  return createLocalRuntime<PythonConfig>({
    kind: 'python',
    schema: pythonConfigSchema,
    versions: async (config) => {
      const { considered } = await chooseInstallation(await findPythons(options, config), undefined, reader);
      return considered.flatMap(({ version }) => version ?? []);
    },
    chooseProgram: async (config, spec) => {
      const [program = ''] = config.command;
      const env = { PYTHONUNBUFFERED: '1' };
      if (!INTERPRETER_NAMES.has(program)) return { program, env };
      const candidates = await findPythons(around(options, spec), config);
      const picked = await pickInstallation(candidates, spec.version, reader);
      const { chosen, considered, script } = await follow(picked, spec);
      if (script !== undefined)
        throw runtimesError('DN_RUNTIMES_SCRIPT_IN_SANDBOX', { processId: spec.processId, program: script });
      if (chosen) return { program: chosen.path, env };
      if (considered.length === 0) {
        const environment = await environmentNextTo(config, spec);
        return { program: expectedInterpreter(config, environment?.path), env };
      }
      throw runtimesError('DN_RUNTIMES_VERSION_NOT_FOUND', {
        processId: spec.processId,
        wanted: spec.version,
        installed: considered
          .map(({ version, path }) => version ?? `${path}, which tells no version`)
          .join(', '),
      });
    },
    explainChoice: async (config, spec) => {
      if (!INTERPRETER_NAMES.has(config.command[0] ?? '')) return null;
      const environment = await environmentNextTo(config, spec);
      if (environment?.isThere === false) return goneChoice(environment);
      const candidates = await findPythons(around(options, spec), config);
      return follow(await chooseInstallation(candidates, spec.version, reader), spec);
    },
    environmentOf: async (config, spec) =>
      INTERPRETER_NAMES.has(config.command[0] ?? '') ? environmentNextTo(config, spec) : null,
  });
}

/** Where a Python is looked for. */
interface Surroundings extends PythonRuntimeOptions, KnownEnvironment {}

/** What is known of a virtual environment; see `LaunchSpec`. */
type KnownEnvironment = Pick<LaunchSpec, 'environment' | 'found'>;

/** The child's own PATH counts: it may be another than the daemon's. */
function around(options: PythonRuntimeOptions, { env, environment, found }: LaunchSpec): Surroundings {
  return {
    ...options,
    ...(environment !== undefined && { environment }),
    ...(found !== undefined && { found }),
    searchPath: env.PATH ?? options.searchPath,
  };
}

function goneChoice({ path }: RuntimeEnvironment): InstallationChoice {
  const because = `the virtual environment ${path}, in which it ran, is gone or has no interpreter`;
  return { chosen: null, because, considered: [] };
}

/** Where an interpreter would be if there was one: its start fails until somebody has put it there. */
function expectedInterpreter({ python, venv }: PythonConfig, environment: string | undefined): string {
  const folder = venv ?? environment;
  return python ?? (folder === undefined ? 'python3' : join(folder, 'bin', 'python3'));
}

/** Names of interpreters in a search path: `python3`, `python`, `python3.11`. */
const INTERPRETER_PATTERN = /^python(?:3(?:\.\d+)?)?$/;
/** Where a virtual environment usually lies, seen from the agent's folder. */
const VENV_FOLDERS = ['.venv', 'venv'];

/**
 * What an agent may run on. A configured interpreter, and a virtual environment next to the agent, are the only
 * candidate: another one would not have the packages the agent was installed with.
 */
async function findPythons(
  options: Surroundings,
  config: PythonConfig | undefined,
): Promise<readonly Candidate[]> {
  if (config?.python !== undefined) return executable([config.python], 'the agent’s configuration');
  if (config?.venv !== undefined)
    return executable(programsOf(config.venv), 'virtual environment of the agent');
  const environment = config && (await environmentNextTo(config, options));
  if (environment) {
    const { path } = environment;
    return executable(programsOf(path), `virtual environment ${basename(path)} next to the agent`);
  }
  const inPath = await findInSearchPath(options.searchPath, (name) => INTERPRETER_PATTERN.test(name));
  const managed = options.managers ? await findManaged(pythonManagers(options.managers)) : [];
  return withoutRepeats([
    ...plainNamesFirst(inPath).map((path, index) => ({ path, foundBy: 'PATH', rank: index })),
    ...managed.map((candidate) => ({ ...candidate, rank: 1_000_000 })),
  ]);
}

/**
 * The virtual environment next to the agent; else the one it ran in, when that lay there: it is still the only candidate. Null when the
 * configuration names what to use.
 */
async function environmentNextTo(
  { python, venv, cwd }: PythonConfig,
  { environment: ranIn, found }: KnownEnvironment,
): Promise<RuntimeEnvironment | null> {
  if (found !== undefined) return found;
  if (python !== undefined || venv !== undefined) return null;
  const folders = VENV_FOLDERS.map((name) => join(cwd, name));
  for (const path of folders)
    if ((await executable(programsOf(path), path)).length > 0) return { path, isThere: true };
  return ranIn !== undefined && folders.includes(ranIn) ? { path: ranIn, isThere: false } : null;
}

/** A virtual environment may hold only one of the two names. */
function programsOf(venv: string): readonly string[] {
  return [join(venv, 'bin', 'python3'), join(venv, 'bin', 'python')];
}

/** The first of these that is there. */
async function executable(paths: readonly string[], foundBy: string): Promise<readonly Candidate[]> {
  for (const path of paths) if (await isExecutable(path)) return [{ path, foundBy, rank: 0 }];
  return [];
}

/** `python3` before `python` before `python3.11`, each in the order of the path: what a shell would take comes first. */
function plainNamesFirst(paths: readonly string[]): readonly string[] {
  const order = (path: string) => ['python3', 'python'].indexOf(basename(path)) >>> 0;
  return [...paths].sort((one, other) => order(one) - order(other));
}
