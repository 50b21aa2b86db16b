import { isDeepStrictEqual } from 'node:util';
import type { ChangeReaction, EnvironmentBinding } from '@dreamnet/contracts';
import { createId } from '@dreamnet/kit';
import { parseEnvironmentBinding, toEnvironmentBinding } from '../environment-bindings/schema.js';
import { type LinkerState, requireRecord } from '../lifecycle/linker-state.js';
import { deleteBinding, putBinding } from '../state/stored-state.js';
import { commitOrUndo } from './commit-or-undo.js';

/** A binding as it is made: without an id it gets one, without an environment it binds to the process's own. */
export type NewBinding = Pick<EnvironmentBinding, 'processId' | 'type' | 'config'> &
  Partial<Pick<EnvironmentBinding, 'id' | 'environmentId'>>;

/** Binds; on disk when it resolves. */
export async function bindEnvironment(state: LinkerState, input: NewBinding): Promise<EnvironmentBinding> {
  // The input may be anything: it is checked by the parse.
  const environment = state.records.get(input?.processId)?.descriptor.runtimeContext.environment;
  const binding = parseEnvironmentBinding({
    id: createId('binding'),
    ...(environment && { environmentId: `env-${environment}` }),
    ...input,
  });
  requireRecord(state, binding.processId);
  const before = state.bindings.get(binding.id);
  if (isDeepStrictEqual(before, binding)) return toEnvironmentBinding(binding);
  state.bindings.put(binding);
  await commitOrUndo(state, {
    operation: `binding ${binding.id}`,
    writes: [putBinding(binding)],
    undo: () => (before ? state.bindings.put(before) : state.bindings.remove(binding.id)),
  });
  const { processId, type } = binding;
  state.options.publish('binding.changed', processId, { processId, type, change: 'bound' });
  return toEnvironmentBinding(binding);
}

/** Unbinds; on disk when it resolves. False when there was no such binding. */
export async function unbindEnvironment(state: LinkerState, bindingId: string): Promise<boolean> {
  const binding = state.bindings.remove(bindingId);
  if (!binding) return false;
  await commitOrUndo(state, {
    operation: `unbinding ${bindingId}`,
    writes: [deleteBinding(bindingId)],
    undo: () => state.bindings.put(binding),
  });
  const { processId, type } = binding;
  state.options.publish('binding.changed', processId, { processId, type, change: 'unbound' });
  return true;
}

/** What storing or removing a secret means for those bound to it. */
export interface SecretChange {
  /** The number of the version now in force. */
  version: number;
  /** Each with everything its bindings ask for when the value changes. */
  users: readonly { processId: string; reactions: readonly ChangeReaction[] }[];
}

/** Stores a secret and tells who is bound to it. The redactor knows it before anything can go wrong. */
export async function setSecret(state: LinkerState, key: string, value: string): Promise<SecretChange> {
  state.options.redactor?.add(value);
  const version = await state.options.vault.set(key, value);
  const users = state.bindings.usersOf(key);
  for (const { processId } of users)
    state.options.publish('binding.changed', processId, { processId, type: 'secrets', change: 'secret-set' });
  return { version, users };
}
