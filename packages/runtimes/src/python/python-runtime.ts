import { basename, join } from 'node:path';
import type { Runtime } from '@dreamnet/contracts';
import { z } from 'zod';
import { runtimesError } from '../errors.js';
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
  const choose = async (
    config: PythonConfig | undefined,
    version?: string,
    searchPath = options.searchPath,
  ) => chooseInstallation(await findPythons({ ...options, searchPath }, config), version, reader);
  return createLocalRuntime<PythonConfig>({
    kind: 'python',
    schema: pythonConfigSchema,
    versions: async (config) => {
      const { considered } = await choose(config);
      return considered.flatMap(({ version }) => version ?? []);
    },
    chooseProgram: async (config, spec) => {
      const [program = ''] = config.command;
      const env = { PYTHONUNBUFFERED: '1' };
      if (!INTERPRETER_NAMES.has(program)) return { program, env };
      // The child's own PATH counts: it may be another than the daemon's.
      const searchPath = spec.env.PATH ?? options.searchPath;
      const candidates = await findPythons({ ...options, searchPath }, config);
      const { chosen, considered } = await pickInstallation(candidates, spec.version, reader);
      if (chosen) return { program: chosen.path, env };
      if (considered.length === 0) return { program: expectedInterpreter(config), env };
      throw runtimesError('DN_RUNTIMES_VERSION_NOT_FOUND', {
        processId: spec.processId,
        wanted: spec.version,
        installed: considered
          .map(({ version, path }) => version ?? `${path}, which tells no version`)
          .join(', '),
      });
    },
    explainChoice: async (config, { version, env }) =>
      INTERPRETER_NAMES.has(config.command[0] ?? '') ? choose(config, version, env.PATH) : null,
  });
}

/** Where an interpreter would be if there was one: its start fails until somebody has put it there. */
function expectedInterpreter({ python, venv }: PythonConfig): string {
  return python ?? (venv === undefined ? 'python3' : join(venv, 'bin', 'python3'));
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
  options: PythonRuntimeOptions,
  config: PythonConfig | undefined,
): Promise<readonly Candidate[]> {
  if (config?.python !== undefined) return executable([config.python], 'the agent’s configuration');
  if (config?.venv !== undefined)
    return executable(programsOf(config.venv), 'virtual environment of the agent');
  for (const name of config ? VENV_FOLDERS : []) {
    const found = await executable(
      programsOf(join(config?.cwd ?? '/', name)),
      `virtual environment ${name} next to the agent`,
    );
    if (found.length > 0) return found;
  }
  const inPath = await findInSearchPath(options.searchPath, (name) => INTERPRETER_PATTERN.test(name));
  const managed = options.managers ? await findManaged(pythonManagers(options.managers)) : [];
  return withoutRepeats([
    ...plainNamesFirst(inPath).map((path, index) => ({ path, foundBy: 'PATH', rank: index })),
    ...managed.map((candidate) => ({ ...candidate, rank: 1_000_000 })),
  ]);
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
