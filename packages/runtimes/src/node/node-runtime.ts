import type { LaunchSpec, Runtime } from '@dreamnet/contracts';
import { matchesVersion, parseVersionPattern } from '@dreamnet/kit';
import { z } from 'zod';
import { runtimesError } from '../errors.js';
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
}

/**
 * Node.js agents as local processes. A command that begins with `node` runs on the daemon's own Node, or on the
 * first known one that is what the context asks for.
 */
export function createNodeRuntime(options: NodeRuntimeOptions): Runtime {
  const reader = createVersionReader('nodejs');
  const known = [options.execPath, ...(options.installations ?? [])];
  const candidates = (config?: NodeConfig) => (config?.node === undefined ? known : [config.node]);
  const versionsOf = async (config?: NodeConfig) => {
    const found = await Promise.all(candidates(config).map((path) => reader.read(path)));
    return found.filter((version) => version !== undefined);
  };
  const chooseNode = async (config: NodeConfig, { version, processId }: LaunchSpec): Promise<string> => {
    const pattern = version === undefined ? undefined : parseVersionPattern(version);
    if (version === undefined) return config.node ?? options.execPath;
    for (const path of candidates(config)) {
      const installed = await reader.read(path);
      if (installed !== undefined && pattern && matchesVersion(pattern, installed)) return path;
    }
    const installed = (await versionsOf(config)).join(', ') || 'none';
    throw runtimesError('DN_RUNTIMES_VERSION_NOT_FOUND', { processId, wanted: version, installed });
  };
  return createLocalRuntime<NodeConfig>({
    kind: 'node',
    schema: nodeConfigSchema,
    versions: versionsOf,
    chooseProgram: async (config, spec) => {
      const [program = ''] = config.command;
      return { program: program === 'node' ? await chooseNode(config, spec) : program };
    },
  });
}
