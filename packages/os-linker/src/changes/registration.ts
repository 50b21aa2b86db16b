import { isDeepStrictEqual } from 'node:util';
import type { OSProcessDescriptor } from '@dreamnet/contracts';
import { linkerError } from '../errors.js';
import { stopRuntime } from '../lifecycle/launch.js';
import type { LinkerState } from '../lifecycle/linker-state.js';
import { type LaunchPlan, parseLaunchPlan } from '../process-descriptors/launch-plan.js';
import type { ProcessChange } from '../process-descriptors/process-history.js';
import type { ProcessRecord } from '../process-descriptors/process-record.js';
import { parseProcessDescriptor } from '../process-descriptors/schema.js';
import { appendChange, deleteBinding, deleteProcess, putProcess } from '../state/stored-state.js';
import { remapCapabilities } from './capability-mapping.js';
import { commitOrUndo } from './commit-or-undo.js';

/** A descriptor as it is registered: the status may be left out, because it is observed, not claimed. */
export type NewProcess = Omit<OSProcessDescriptor, 'status'> & Partial<Pick<OSProcessDescriptor, 'status'>>;

/** What a registration changed. */
export interface RegisterOutcome {
  process: OSProcessDescriptor;
  change: 'registered' | 'updated' | 'unchanged';
  /** Top-level fields of the descriptor, and `plan`. */
  changedFields: readonly string[];
  /** It runs with what it was before: the change counts from its next start. */
  needsRestart: boolean;
}

const NEW_RECORD = { desired: 'stopped', handle: null, identity: null, intent: null } as const;

/** Registers a process or updates it; on disk when it resolves. */
export async function registerProcess(
  state: LinkerState,
  input: { process: NewProcess; plan: LaunchPlan | undefined },
  actor: string,
): Promise<RegisterOutcome> {
  const { process, plan } = input;
  const descriptor = parseProcessDescriptor({ status: 'stopped', ...process });
  const known = state.records.get(descriptor.id);
  const after: ProcessRecord = {
    ...(known ?? NEW_RECORD),
    descriptor: { ...descriptor, status: known?.descriptor.status ?? 'stopped' },
    plan: plan === undefined ? (known?.plan ?? null) : parseLaunchPlan(descriptor.id, plan),
  };
  const changedFields = known ? findChangedFields(known, after) : [];
  const isChanged = !known || changedFields.length > 0;
  if (isChanged) await storeRegistration(state, { before: known, after, changedFields, actor });
  return {
    process: structuredClone(after.descriptor),
    change: !known ? 'registered' : isChanged ? 'updated' : 'unchanged',
    changedFields,
    needsRestart: isChanged && after.descriptor.status === 'running',
  };
}

/** Forgets a process; false when it was not known. */
export function unregisterProcess(state: LinkerState, processId: string, actor: string): Promise<boolean> {
  return state.operations.run(processId, async () => {
    const record = state.records.get(processId);
    if (!record) return false;
    if (record.descriptor.status === 'running')
      throw linkerError('DN_LINKER_PROCESS_IS_RUNNING', { processId });
    // Its runtime may be waiting to start it again: nobody would know it then.
    const stopped = await stopRuntime(state, record, { deadlineMs: 0 });
    if (!stopped.ok) throw linkerError('DN_LINKER_PROCESS_IS_RUNNING', { processId });
    await storeRemoval(state, record, actor);
    return true;
  });
}

async function storeRegistration(
  state: LinkerState,
  what: {
    before: ProcessRecord | undefined;
    after: ProcessRecord;
    changedFields: readonly string[];
    actor: string;
  },
): Promise<void> {
  const { before, after, changedFields } = what;
  const { id } = after.descriptor;
  const because = before ? `changed: ${changedFields.join(', ')}` : 'registered';
  const change = describeChange(state, after, { event: before ? 'updated' : 'registered', because });
  const capabilities = remapCapabilities(state, before?.descriptor, after.descriptor);
  const news = noteOf(state, { before, after, actor: what.actor });
  state.records.set(id, after);
  await commitOrUndo(state, {
    operation: `the registration of ${id}`,
    writes: [putProcess(after), appendChange(change), news.write, ...capabilities.writes],
    undo: () => {
      capabilities.undo();
      const now = state.records.get(id);
      if (!before || !now) state.records.delete(id);
      // The process may have moved on meanwhile: only what was registered goes back.
      else
        state.records.set(id, {
          ...now,
          descriptor: { ...before.descriptor, status: now.descriptor.status },
          plan: before.plan,
        });
    },
  });
  state.history.add(change);
  state.changes.add(news.change);
}

async function storeRemoval(state: LinkerState, record: ProcessRecord, actor: string): Promise<void> {
  const { id } = record.descriptor;
  const change = describeChange(state, record, { event: 'unregistered', because: 'unregistered' });
  const capabilities = remapCapabilities(state, record.descriptor, undefined);
  const bindings = state.bindings.list({ processId: id });
  for (const binding of bindings) state.bindings.remove(binding.id);
  const news = noteOf(state, { before: record, after: undefined, actor });
  state.records.delete(id);
  await commitOrUndo(state, {
    operation: `the removal of ${id}`,
    writes: [
      deleteProcess(id),
      appendChange(change),
      news.write,
      ...bindings.map((binding) => deleteBinding(binding.id)),
      ...capabilities.writes,
    ],
    undo: () => {
      capabilities.undo();
      for (const binding of bindings) state.bindings.put(binding);
      state.records.set(id, record);
    },
  });
  state.refused.delete(id);
  state.history.add(change);
  state.changes.add(news.change);
}

/** What somebody changed, for the log: what is observed (the status) is no part of it. */
function noteOf(
  state: LinkerState,
  what: { before: ProcessRecord | undefined; after: ProcessRecord | undefined; actor: string },
) {
  const { before, after, actor } = what;
  const id = (after ?? before)?.descriptor.id ?? '';
  return state.changes.describe({
    actor,
    change: !before ? 'registered' : after ? 'updated' : 'unregistered',
    subject: id,
    processIds: [id],
    before: describedPart(before),
    after: describedPart(after),
  });
}

function describedPart(record: ProcessRecord | undefined): unknown {
  if (!record) return undefined;
  const { status: _observed, ...described } = record.descriptor;
  return { ...described, plan: record.plan };
}

function describeChange(
  state: LinkerState,
  record: ProcessRecord,
  what: Pick<ProcessChange, 'event' | 'because'>,
): ProcessChange {
  const { id, status } = record.descriptor;
  const at = state.options.clock.now();
  return { at, processId: id, ...what, from: status, to: status, identity: record.identity };
}

function findChangedFields(before: ProcessRecord, after: ProcessRecord): readonly string[] {
  const fields = Object.keys(after.descriptor) as (keyof OSProcessDescriptor)[];
  const changed: string[] = fields.filter(
    (field) => !isDeepStrictEqual(before.descriptor[field], after.descriptor[field]),
  );
  return isDeepStrictEqual(before.plan, after.plan) ? changed : [...changed, 'plan'];
}
