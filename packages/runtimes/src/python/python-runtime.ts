import { join } from 'node:path';
import type { LaunchSpec, Runtime } from '@dreamnet/contracts';
import { matchesVersion, parseVersionPattern } from '@dreamnet/kit';
import { z } from 'zod';
import { runtimesError } from '../errors.js';
import { findProgram } from '../local/find-program.js';
import { absolutePathSchema, localConfigFields } from '../local/local-config.js';
import { createLocalRuntime } from '../local/local-runtime.js';
import { createVersionReader, type VersionReader } from '../local/program-version.js';

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
}

/**
 * Python agents as local processes. `python` and `python3` at the beginning of a command mean the configured
 * interpreter, that of the virtual environment, or `python3` of the search path. Output is not buffered, so that
 * a log line is there when it is written.
 */
export function createPythonRuntime(options: PythonRuntimeOptions): Runtime {
  const reader = createVersionReader('python');
  return createLocalRuntime<PythonConfig>({
    kind: 'python',
    schema: pythonConfigSchema,
    versions: async (config) => {
      const path = await findInterpreter(config, options.searchPath);
      const version = path && (await reader.read(path));
      return version === undefined ? [] : [version];
    },
    chooseProgram: async (config, spec) => {
      const [program = ''] = config.command;
      const env = { PYTHONUNBUFFERED: '1' };
      if (!INTERPRETER_NAMES.has(program)) return { program, env };
      const searchPath = spec.env.PATH ?? options.searchPath;
      const path = await findInterpreter(config, searchPath);
      if (path === undefined)
        throw runtimesError('DN_RUNTIMES_PROGRAM_NOT_FOUND', {
          program: config.python ?? (config.venv && join(config.venv, 'bin', 'python3')) ?? 'python3',
          processId: spec.processId,
          searched: config.python ?? config.venv ?? searchPath,
        });
      await checkVersion(reader, path, spec);
      return { program: path, env };
    },
  });
}

async function findInterpreter(
  config: PythonConfig | undefined,
  searchPath: string,
): Promise<string | undefined> {
  // A virtual environment may hold only one of the two names.
  const programs =
    config?.python !== undefined
      ? [config.python]
      : config?.venv !== undefined
        ? [join(config.venv, 'bin', 'python3'), join(config.venv, 'bin', 'python')]
        : ['python3', 'python'];
  for (const program of programs) {
    const found = await findProgram(program, { cwd: '/', searchPath });
    if (found.ok) return found.path;
  }
  return undefined;
}

/** The interpreter of the child's own PATH may be another than the one the daemon sees. */
async function checkVersion(reader: VersionReader, path: string, spec: LaunchSpec): Promise<void> {
  if (spec.version === undefined) return;
  const pattern = parseVersionPattern(spec.version);
  const installed = await reader.read(path);
  if (pattern && installed !== undefined && matchesVersion(pattern, installed)) return;
  throw runtimesError('DN_RUNTIMES_VERSION_NOT_FOUND', {
    processId: spec.processId,
    wanted: spec.version,
    installed: installed ?? `${path}, which tells no version`,
  });
}
