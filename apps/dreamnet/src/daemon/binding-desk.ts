import type { BindingType, EnvironmentBinding, EnvironmentName } from '@dreamnet/contracts';
import { agentOf } from '@dreamnet/os-linker';
import { programError } from '../errors.js';
import { isOfFile } from './agent-plan.js';
import type { Daemon } from './daemon.js';

/** A binding as it is asked for over the interface. */
export interface AskedBinding {
  agent: string;
  type: BindingType;
  config: Record<string, unknown>;
  environment?: EnvironmentName | undefined;
}

/** A binding that was made or taken back. */
export interface BindingAnswer {
  binding: EnvironmentBinding;
  /** The agent runs with what it had before: it counts from its next start. */
  needsRestart: boolean;
}

/** What the interface needs of a daemon to bind. */
type Desk = Pick<Daemon, 'linker' | 'agents' | 'core'>;

/** Binds beside what the fleet file binds. @throws DN_API_NOT_FOUND, DN_LINKER_INVALID_BINDING, DN_LINKER_BINDING_CONFLICT */
export async function bindOver(desk: Desk, asked: AskedBinding, actor: string): Promise<BindingAnswer> {
  const { agent, type, config, environment } = asked;
  if (desk.agents.isReplicated(agentOf(agent)))
    throw programError('DN_API_REFUSED', {
      why: `'${agentOf(agent)}' has replicas, which come and go: bind it in the fleet file, where it holds for all of them`,
    });
  desk.agents.get(agent);
  await desk.core.audit.record({ actor, action: 'binding.add', target: agent, details: { type } });
  const scope = environment === undefined ? {} : { environmentId: `env-${environment}` };
  const binding = await desk.linker.bindEnvironment({ processId: agent, type, config, ...scope }, actor);
  return { binding, needsRestart: isRunning(desk, agent) };
}

/** Takes back what was bound over the interface. @throws DN_API_NOT_FOUND, DN_API_BINDING_OF_FILE */
export async function unbindOver(desk: Desk, id: string, actor: string): Promise<BindingAnswer> {
  const binding = desk.linker.listBindings().find((one) => one.id === id);
  if (!binding) throw programError('DN_API_NOT_FOUND', { kind: 'binding', name: id });
  // The next start would bind it again: a success that does not last is none.
  if (isOfFile(id, binding.processId)) throw programError('DN_API_BINDING_OF_FILE', { id });
  await desk.core.audit.record({ actor, action: 'binding.remove', target: binding.processId });
  await desk.linker.unbindEnvironment(id, actor);
  return { binding, needsRestart: isRunning(desk, binding.processId) };
}

function isRunning({ linker }: Desk, agent: string): boolean {
  return linker.getProcess(agent)?.status === 'running';
}
