import { resolve } from 'node:path';
import type { LaunchPlan, NewBinding, NewProcess } from '@dreamnet/os-linker';
import { resolveCommand } from '../config/checks.js';
import type { LoadedFleet } from '../config/load.js';
import { type AgentEntry, stopDeadlineMs } from '../config/schema.js';

/** The runtime version asked for when the file does not say: whatever of that kind is installed. */
const ANY_VERSION: Readonly<Record<string, string>> = { node: 'nodejs', python: 'python', custom: 'custom' };
/** Without `retryAfter` an open circuit is tried again when its window is certainly empty. */
const RETRY_PERIODS = 1;

/** One agent of the fleet file, or one replica of it, as the Linker takes it. The name is the id. */
export function toProcess(loaded: LoadedFleet, name: string, agent: AgentEntry): NewProcess {
  const { context } = loaded.fleet;
  return {
    id: name,
    name,
    type: 'agent',
    metadata: { platform: agent.runtime, domain: agent.domain, needs: agent.needs },
    capabilities: capabilitiesOf(agent).map((capability) => capability.name),
    runtimeContext: {
      environment: context.environment,
      version: agent.version ?? ANY_VERSION[agent.runtime] ?? agent.runtime,
      env: { ...context.env, ...agent.env },
    },
  };
}

/** How it is launched and kept. `name` is the agent's in the fleet file. */
export function toPlan(loaded: LoadedFleet, name: string, agent: AgentEntry): LaunchPlan {
  const { restart } = agent;
  const { command, cwd } = resolveCommand(loaded, name, agent);
  const { memory, cpu, pids, openFiles, io } = agent.resources;
  const resources = {
    ...(memory !== undefined && { memoryBytes: memory }),
    ...(cpu !== undefined && { cpu }),
    ...(pids !== undefined && { pids }),
    ...(openFiles !== undefined && { openFiles }),
    ...(io !== undefined && { ioBytesPerSecond: io }),
  };
  return {
    runtime: agent.runtime,
    protocol: agent.protocol,
    config: { command, cwd, ...transportOf(agent), ...interpreterOf(loaded, agent) },
    supervision: {
      restart: {
        type: restart.policy,
        intensity: restart.intensity,
        periodMs: restart.period,
        backoff: {
          initialMs: restart.backoff.initial,
          maxMs: restart.backoff.max,
          resetAfterMs: restart.backoff.resetAfter,
        },
        halfOpenAfterMs: restart.retryAfter ?? restart.period * RETRY_PERIODS,
      },
      ...(Object.keys(resources).length > 0 && { resources }),
      stopDeadlineMs: stopDeadlineMs(agent),
      ...stopMannerOf(agent),
    },
    isolation: agent.isolation.level,
    ...(agent.isolation.required && { isolationRequired: true }),
    ...(agent.isolation.user !== undefined && { user: agent.isolation.user }),
  };
}

/** Only what is said: what runs since before these keys were known keeps the plan it has. */
function stopMannerOf({ stop }: AgentEntry): Pick<LaunchPlan['supervision'], 'stop'> {
  const { signal, stdin } = stop;
  if (signal === undefined && stdin === undefined) return {};
  return {
    stop: { ...(signal !== undefined && { signal }), ...(stdin !== undefined && { stdinMs: stdin }) },
  };
}

/** Its bindings, with ids that stay the same as long as their place in the file does. */
export function toBindings(name: string, agent: AgentEntry): (NewBinding & { id: string })[] {
  return agent.bindings.map((binding, index) => ({
    id: `${name}.${index}`,
    processId: name,
    // Without a scope the Linker binds to the agent's own environment, so that it always counts.
    ...(binding.environment && { environmentId: `env-${binding.environment}` }),
    type: binding.type,
    config: binding.type === 'secrets' ? toSecretsConfig(binding.config) : { ...binding.config },
  }));
}

/** Is this the id of a binding the fleet file made? Others were made over the interface, and stay. */
export function isOfFile(bindingId: string, name: string): boolean {
  return bindingId.startsWith(`${name}.`) && /^\d+$/.test(bindingId.slice(name.length + 1));
}

/** The file says a duration, the Linker milliseconds. */
function toSecretsConfig(config: SecretsOfFile): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config).map(([variable, reference]) => {
      if (reference.from !== 'command') return [variable, { ...reference }];
      const { timeout, ...rest } = reference;
      return [variable, { ...rest, ...(timeout !== undefined && { timeoutMs: timeout }) }];
    }),
  );
}

type SecretsOfFile = Extract<AgentEntry['bindings'][number], { type: 'secrets' }>['config'];

/** Its capabilities, each with the agent's own word for it when that differs. */
export function capabilitiesOf(agent: AgentEntry): { name: string; tool?: string }[] {
  return agent.capabilities.map((capability) =>
    typeof capability === 'string'
      ? { name: capability }
      : { name: capability.name, ...(capability.tool !== undefined && { tool: capability.tool }) },
  );
}

/** The runtime's own name for the interpreter it is to use; a path relative to the fleet file. */
function interpreterOf(
  { folder }: LoadedFleet,
  { runtime, interpreter }: AgentEntry,
): Record<string, string> {
  return interpreter === undefined || runtime === 'custom' ? {} : { [runtime]: resolve(folder, interpreter) };
}

/** MCP is spoken over the process's own pipes unless an endpoint is given. */
function transportOf(agent: AgentEntry): { transport?: 'http'; url?: string } {
  return agent.protocol === 'mcp' && agent.endpoint !== undefined
    ? { transport: 'http', url: agent.endpoint }
    : {};
}
