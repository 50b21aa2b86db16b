import type { LaunchSpec, Runtime } from '@dreamnet/contracts';
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
  nodeManagers,
  withoutRepeats,
} from '../installations/find-installations.js';
import { absolutePathSchema, localConfigFields } from '../local/local-config.js';
import { createLocalRuntime } from '../local/local-runtime.js';
import { createVersionReader } from '../local/program-version.js';

const nodeConfigSchema = z.strictObject({
  ...localConfigFields,
  /** The Node to use, whatever the context asks for elsewhere. */
  node: absolutePathSchema.optional(),
});

type NodeConfig = z.infer<typeof nodeConfigSchema>;

export interface NodeRuntimeOptions {
  /** The daemon's own Node: what `node` in a command means. */
  execPath: string;
  /** Other Nodes on this machine, for contexts that ask for another version. */
  installations?: readonly string[];
  /** Where else Nodes are looked for; without it nowhere. */
  searchPath?: string;
  /** Lets the folders of nvm, fnm, Volta, asdf and mise be found; without it they are not looked at. */
  managers?: ManagerVariables;
}

/**
 * Node.js agents as local processes. A command that begins with `node` runs on the daemon's own Node, or on the
 * first installation that is what the context asks for.
 */
export function createNodeRuntime(options: NodeRuntimeOptions): Runtime {
  const reader = createVersionReader('nodejs');
  const follow = createScriptFollower(['-p', 'process.execPath']);
  const choose = async (config: NodeConfig | undefined, version?: string) =>
    chooseInstallation(await findNodes(options, config), version, reader);
  return createLocalRuntime<NodeConfig>({
    kind: 'node',
    schema: nodeConfigSchema,
    versions: async (config) => {
      const { considered } = await choose(config);
      return considered.flatMap(({ version }) => version ?? []);
    },
    chooseProgram: async (config, spec) => {
      const [program = ''] = config.command;
      if (program !== 'node') return { program };
      // Whoever asks for no version gets the first: nobody needs to be asked for theirs.
      if (spec.version === undefined) return { program: config.node ?? options.execPath };
      const picked = await pickInstallation(await findNodes(options, config), spec.version, reader);
      const { chosen, considered, script } = await follow(picked, spec);
      if (script !== undefined)
        throw runtimesError('DN_RUNTIMES_SCRIPT_IN_SANDBOX', { processId: spec.processId, program: script });
      if (chosen) return { program: chosen.path };
      throw runtimesError('DN_RUNTIMES_VERSION_NOT_FOUND', {
        processId: spec.processId,
        wanted: spec.version,
        installed: considered.flatMap(({ version }) => version ?? []).join(', ') || 'none',
      });
    },
    explainChoice: async (config, spec: LaunchSpec) =>
      config.command[0] === 'node' ? follow(await choose(config, spec.version), spec) : null,
  });
}

async function findNodes(
  options: NodeRuntimeOptions,
  config: NodeConfig | undefined,
): Promise<readonly Candidate[]> {
  if (config?.node !== undefined)
    return [{ path: config.node, foundBy: 'the agent’s configuration', rank: 0 }];
  const { execPath, installations = [], searchPath, managers } = options;
  const inPath =
    searchPath === undefined ? [] : await findInSearchPath(searchPath, (name) => name === 'node');
  const managed = managers ? await findManaged(nodeManagers(managers)) : [];
  return withoutRepeats([
    { path: execPath, foundBy: 'the daemon’s own', rank: 0 },
    ...installations.map((path, index) => ({ path, foundBy: 'configuration', rank: 1 + index })),
    ...inPath.map((path, index) => ({ path, foundBy: 'PATH', rank: 1000 + index })),
    ...managed.map((candidate) => ({ ...candidate, rank: 1_000_000 })),
  ]);
}
