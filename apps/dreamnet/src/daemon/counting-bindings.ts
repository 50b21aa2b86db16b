import type { BindingType, EnvironmentBinding } from '@dreamnet/contracts';
import { appliesTo, type OSLinker } from '@dreamnet/os-linker';

/** Bindings that count in the environment their process runs in: what changes behind the others concerns nobody now. */
export function countingBindings(
  linker: Pick<OSLinker, 'listBindings' | 'getProcess'>,
  filter: { processId?: string; type?: BindingType } = {},
): EnvironmentBinding[] {
  return linker.listBindings(filter).filter((binding) => {
    const environment = linker.getProcess(binding.processId)?.runtimeContext.environment;
    return environment === undefined || appliesTo(binding, environment);
  });
}
