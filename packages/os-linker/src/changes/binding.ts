import { isDeepStrictEqual } from 'node:util';
import type { ChangeReaction, EnvironmentBinding } from '@dreamnet/contracts';
import { createId } from '@dreamnet/kit';
import { appliesTo } from '../environment-bindings/binding-book.js';
import { parseEnvironmentBinding, toEnvironmentBinding } from '../environment-bindings/schema.js';
import { type LinkerState, requireRecord } from '../lifecycle/linker-state.js';
import { deleteBinding, putBinding } from '../state/stored-state.js';
import type { ChangeInput } from './change-log.js';
import { commitOrUndo } from './commit-or-undo.js';

/** A binding as it is made: without an id it gets one, without an environment it binds to the process's own. */
export type NewBinding = Pick<EnvironmentBinding, 'processId' | 'type' | 'config'> &
  Partial<Pick<EnvironmentBinding, 'id' | 'environmentId'>>;

/** Binds; on disk when it resolves. */
export async function bindEnvironment(
  state: LinkerState,
  input: NewBinding,
  actor: string,
): Promise<EnvironmentBinding> {
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
  const news = state.changes.describe({
    actor,
    change: before ? 'rebound' : 'bound',
    subject: binding.id,
    processIds: [binding.processId],
    before,
    after: binding,
  });
  await commitOrUndo(state, {
    operation: `binding ${binding.id}`,
    writes: [putBinding(binding), news.write],
    undo: () => (before ? state.bindings.put(before) : state.bindings.remove(binding.id)),
  });
  state.changes.add(news.change);
  const { processId, type } = binding;
  state.options.publish('binding.changed', processId, { processId, type, change: 'bound' });
  return toEnvironmentBinding(binding);
}

/** Unbinds; on disk when it resolves. False when there was no such binding. */
export async function unbindEnvironment(
  state: LinkerState,
  bindingId: string,
  actor: string,
): Promise<boolean> {
  const binding = state.bindings.remove(bindingId);
  if (!binding) return false;
  const news = state.changes.describe({
    actor,
    change: 'unbound',
    subject: bindingId,
    processIds: [binding.processId],
    before: binding,
    after: undefined,
  });
  await commitOrUndo(state, {
    operation: `unbinding ${bindingId}`,
    writes: [deleteBinding(bindingId), news.write],
    undo: () => state.bindings.put(binding),
  });
  state.changes.add(news.change);
  const { processId, type } = binding;
  state.options.publish('binding.changed', processId, { processId, type, change: 'unbound' });
  return true;
}

/** What storing or removing a secret means for those bound to it. */
export interface SecretChange {
  /** The number of the version now in force. */
  version: number;
  /** Each with everything that those of its bindings ask for that count in its environment; without any it is not named. */
  users: readonly { processId: string; reactions: readonly ChangeReaction[] }[];
}

/** Stores a secret and tells who is bound to it. The redactor knows it before anything can go wrong. */
export async function setSecret(
  state: LinkerState,
  secret: { key: string; value: string },
  actor: string,
): Promise<SecretChange> {
  const { key, value } = secret;
  state.options.redactor?.add(value);
  const before = await newestVersion(state, key);
  const version = await state.options.vault.set(key, value);
  const processIds = state.bindings.usersOf(key).map(({ processId }) => processId);
  recordLater(state, {
    ...{ actor, change: 'secret-set', subject: key, processIds },
    ...{ before: { version: before }, after: { version } },
  });
  for (const processId of processIds)
    state.options.publish('binding.changed', processId, { processId, type: 'secrets', change: 'secret-set' });
  return { version, users: state.bindings.usersOf(key, (binding) => countsNow(state, binding)) };
}

/** Does it count in the environment that its process runs in? What is bound before its process is known counts. */
function countsNow(
  state: LinkerState,
  binding: Pick<EnvironmentBinding, 'processId' | 'environmentId'>,
): boolean {
  const environment = state.records.get(binding.processId)?.descriptor.runtimeContext.environment;
  return environment === undefined || appliesTo(binding, environment);
}

/** Removes every version of a secret; false when there was none. */
export async function deleteSecret(state: LinkerState, key: string, actor: string): Promise<boolean> {
  const before = await newestVersion(state, key);
  if (!(await state.options.vault.delete(key))) return false;
  recordLater(state, {
    ...{ actor, change: 'secret-deleted', subject: key, before: { version: before }, after: undefined },
    processIds: state.bindings.usersOf(key).map(({ processId }) => processId),
  });
  return true;
}

async function newestVersion(state: LinkerState, key: string): Promise<number | null> {
  // A damaged secret can still be replaced.
  const versions = await state.options.vault.versions(key).catch(() => []);
  return versions.at(-1)?.version ?? null;
}

/** The vault has it already: a store that does not take the note of it does not undo it. */
function recordLater(state: LinkerState, input: ChangeInput): void {
  const { change, write } = state.changes.describe(input);
  state.changes.add(change);
  state.writer.writeLater(`the note on ${change.subject}`, [write]);
}
