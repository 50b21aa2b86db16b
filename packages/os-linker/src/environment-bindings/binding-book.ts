import type { BindingType, ChangeReaction, EnvironmentBinding, EnvironmentName } from '@dreamnet/contracts';
import { linkerError } from '../errors.js';
import type { CheckedBinding } from './schema.js';

/** Every binding, found by its id and by its process. */
export interface BindingBook {
  get(bindingId: string): CheckedBinding | undefined;
  /** Adds a binding, or replaces the one with its id. @throws DN_LINKER_BINDING_CONFLICT */
  put(binding: CheckedBinding): void;
  remove(bindingId: string): CheckedBinding | undefined;
  /** All, those of one process, or those of one type, in the order they were bound. */
  list(filter?: { processId?: string; type?: BindingType }): readonly CheckedBinding[];
  /**
   * Processes with a binding to this vault key, each with what it asks for when the value changes.
   *
   * @param counts Which bindings are looked at. Default: all.
   */
  usersOf(
    vaultKey: string,
    counts?: (binding: CheckedBinding) => boolean,
  ): readonly { processId: string; reactions: readonly ChangeReaction[] }[];
}

/** An empty book of bindings. */
export function createBindingBook(): BindingBook {
  const byId = new Map<string, CheckedBinding>();
  const byProcess = new Map<string, Shelf>();
  const remove = (bindingId: string) => {
    const binding = byId.get(bindingId);
    if (!binding) return undefined;
    byId.delete(bindingId);
    const shelf = byProcess.get(binding.processId);
    shelf?.bindings.delete(bindingId);
    for (const variable of variablesOf(binding)) shelf?.byVariable.get(variable)?.delete(binding);
    if (shelf?.bindings.size === 0) byProcess.delete(binding.processId);
    return binding;
  };
  return {
    get: (bindingId) => byId.get(bindingId),
    remove,
    put: (binding) => {
      refuseConflicts(binding, byProcess.get(binding.processId));
      remove(binding.id);
      byId.set(binding.id, binding);
      const shelf = byProcess.get(binding.processId) ?? { bindings: new Map(), byVariable: new Map() };
      byProcess.set(binding.processId, shelf);
      shelf.bindings.set(binding.id, binding);
      for (const variable of variablesOf(binding))
        shelf.byVariable.set(variable, (shelf.byVariable.get(variable) ?? new Set()).add(binding));
    },
    list: ({ processId, type } = {}) => {
      const bindings = processId === undefined ? byId : byProcess.get(processId)?.bindings;
      const among = [...(bindings?.values() ?? [])];
      return type === undefined ? among : among.filter((binding) => binding.type === type);
    },
    usersOf: (vaultKey, counts = () => true) =>
      [...byProcess].flatMap(([processId, { bindings }]) => {
        const reactions = [...bindings.values()]
          .filter(counts)
          .flatMap((binding) => reactionsTo(binding, vaultKey));
        return reactions.length > 0 ? [{ processId, reactions: [...new Set(reactions)] }] : [];
      }),
  };
}

/** The bindings of one process, and which of them binds a variable. */
interface Shelf {
  readonly bindings: Map<string, CheckedBinding>;
  readonly byVariable: Map<string, Set<CheckedBinding>>;
}

function variablesOf(binding: CheckedBinding): readonly string[] {
  return binding.type === 'secrets' ? Object.keys(binding.config) : [];
}

const ENVIRONMENT_IDS: ReadonlySet<string> = new Set(['env-production', 'env-staging', 'env-development']);

/**
 * Does a binding count for a process that runs in `environment`? `env-production`, `env-staging` and
 * `env-development` name the three environments; a binding to any other environment id always counts.
 */
export function appliesTo(
  { environmentId }: Pick<EnvironmentBinding, 'environmentId'>,
  environment: EnvironmentName,
): boolean {
  return !ENVIRONMENT_IDS.has(environmentId) || environmentId === `env-${environment}`;
}

function reactionsTo(binding: CheckedBinding, vaultKey: string): ChangeReaction[] {
  if (binding.type !== 'secrets') return [];
  return Object.values(binding.config)
    .filter((reference) => reference.from === 'vault' && reference.key === vaultKey)
    .map((reference) => reference.onChange ?? 'restart');
}

/** One variable has one source: two would make the order of binding decide which secret an agent gets. */
function refuseConflicts(binding: CheckedBinding, shelf: Shelf | undefined): void {
  const { id, processId } = binding;
  for (const variable of variablesOf(binding)) {
    for (const other of shelf?.byVariable.get(variable) ?? []) {
      if (other.id === id || !meet(binding, other)) continue;
      throw linkerError('DN_LINKER_BINDING_CONFLICT', { variable, processId, bindingId: other.id });
    }
  }
}

/** Can both count at once? */
function meet(one: CheckedBinding, other: CheckedBinding): boolean {
  const areBothNamed = ENVIRONMENT_IDS.has(one.environmentId) && ENVIRONMENT_IDS.has(other.environmentId);
  return !areBothNamed || one.environmentId === other.environmentId;
}
