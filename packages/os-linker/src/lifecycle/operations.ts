import type { RuntimeInspection, StoreWrite } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import type { OpenIntent, ProcessRecord } from '../process-descriptors/process-record.js';
import { type Refusal, type RestartAnswer, refuse, type StartAnswer, type StopAnswer } from './answers.js';
import {
  inspectRuntime,
  knownHandle,
  launchPrepared,
  type Preparation,
  prepareLaunch,
  stopRuntime,
} from './launch.js';
import { amend, applyEvent, type LinkerState, requireRecord } from './linker-state.js';

export interface OperationOptions {
  /** Shown in the history. */
  reason?: string;
  signal?: AbortSignal;
}

export interface StopOptions extends OperationOptions {
  /** How long it may end by itself. Default: the plan's. */
  deadlineMs?: number;
}

/** Starts it unless it runs. One operation per process at a time: the caller queues. */
export async function startProcess(
  state: LinkerState,
  processId: string,
  options: OperationOptions = {},
): Promise<StartAnswer> {
  const { reason = 'start was asked for', signal } = options;
  const prepared = await prepareLaunch(state, processId);
  const record = requireRecord(state, processId);
  const now = await inspectRuntime(state, record, signal);
  const up = ifUp(now);
  if (up) return runsAlready(state, processId, { now: up, prepared });
  if (!prepared.ok) return blockedStart(state, record, prepared);
  await storeIntent(state, record, { kind: 'start', reason });
  if (now?.state === 'failed') {
    // Its runtime may have tried it again while the intent was stored, with the same values: that is this start.
    const later = ifUp(await inspectRuntime(state, requireRecord(state, processId), signal));
    if (later) return runsAlready(state, processId, { now: later, prepared });
    // What the runtime keeps of it, waiting to retry or given up, would refuse a second launch.
    const cleared = await stopRuntime(state, record, { deadlineMs: 0, signal });
    if (!cleared.ok) return abandon(state, processId, cleared);
  }
  return launchPrepared(state, prepared, signal);
}

function ifUp(now: RuntimeInspection | undefined): RuntimeInspection | undefined {
  return now?.state === 'running' || now?.state === 'starting' ? now : undefined;
}

async function runsAlready(
  state: LinkerState,
  processId: string,
  { now, prepared }: { now: RuntimeInspection; prepared: Preparation },
): Promise<StartAnswer> {
  const identity = now.identity ?? null;
  const seen = applyEvent(state, processId, {
    event: 'process_started',
    because: 'it runs already',
    changes: { identity, desired: 'running', intent: null },
  });
  await state.writer.commit(`the start of ${processId}`, seen.writes);
  return {
    ok: true,
    identity,
    isNew: false,
    notEnforced: prepared.ok ? prepared.resolved.notEnforced : [],
  };
}

/**
 * Ends it and everything it started; nothing happens when nothing runs. An end does not wait for the store: who fills the disk must
 * be ended, too. The answer says when the store did not take it.
 */
export async function stopProcess(
  state: LinkerState,
  processId: string,
  options: StopOptions = {},
): Promise<StopAnswer> {
  const { reason = 'stop was asked for', ...how } = options;
  const record = requireRecord(state, processId);
  await tryToKeep(state, `the stop of ${processId}`, noteIntent(state, record, { kind: 'stop', reason }));
  const stopped = await stopRuntime(state, record, how);
  if (!stopped.ok) return abandon(state, processId, stopped);
  const done = applyEvent(state, processId, {
    event: 'stop_completed',
    because: reason,
    changes: { identity: null, intent: null },
  });
  const notKept = await tryToKeep(state, `the end of ${processId}`, done.writes);
  await state.options.secretFiles?.clear(processId);
  return { ok: true, ...(notKept !== undefined && { notKept }) };
}

/** @returns why the store did not take it */
async function tryToKeep(
  { writer, options }: LinkerState,
  operation: string,
  writes: readonly StoreWrite[],
): Promise<string | undefined> {
  try {
    await writer.commit(operation, writes);
    return undefined;
  } catch (thrown) {
    const error = DreamnetError.from(thrown).message;
    options.publish('store.failed', 'os-linker', { operation, error });
    return error;
  }
}

/**
 * Ends it and starts it anew. What would keep the new one from starting is found first, so that a working process
 * is never ended for nothing.
 */
export async function restartProcess(
  state: LinkerState,
  processId: string,
  options: StopOptions = {},
): Promise<RestartAnswer> {
  const { reason = 'restart was asked for', ...how } = options;
  const prepared = await prepareLaunch(state, processId);
  const record = requireRecord(state, processId);
  const before = await inspectRuntime(state, record, options.signal);
  const previousIdentity = before?.identity ?? null;
  if (!prepared.ok)
    return record.descriptor.status === 'running' ? prepared : blockedStart(state, record, prepared);
  await storeIntent(state, { ...record, identity: previousIdentity }, { kind: 'restart', reason });
  const stopped = await stopRuntime(state, record, how);
  if (!stopped.ok) return abandon(state, processId, stopped);
  for (const event of ['stop_completed', 'launch_requested'] as const) {
    const { writes } = applyEvent(state, processId, { event, because: reason, changes: { identity: null } });
    state.writer.writeLater(`the restart of ${processId}`, writes);
  }
  const answer = await launchPrepared(state, prepared, options.signal);
  if (!answer.ok) return answer;
  const { identity, notEnforced } = answer;
  if (identity !== null && identity === previousIdentity)
    return refuse('DN_LINKER_IDENTITY_UNCHANGED', processId);
  return { ok: true, identity, previousIdentity, notEnforced };
}

/** Before the effect: what is about to be done, and who ran until now. When it cannot be stored, nothing is done. */
async function storeIntent(
  state: LinkerState,
  record: ProcessRecord,
  what: { kind: OpenIntent['kind']; reason: string },
): Promise<void> {
  const { id } = record.descriptor;
  const writes = noteIntent(state, record, what);
  try {
    await state.writer.commit(`the ${what.kind} of ${id}`, writes);
  } catch (thrown) {
    const undone = { desired: record.desired, intent: record.intent };
    if (state.records.get(id)?.descriptor.status !== 'pending') amend(state, id, undone);
    else
      applyEvent(state, id, {
        event: 'launch_failed',
        because: 'the store did not take it',
        changes: undone,
      });
    throw thrown;
  }
}

/** In memory. @returns what is to be stored */
function noteIntent(
  state: LinkerState,
  record: ProcessRecord,
  what: { kind: OpenIntent['kind']; reason: string },
): readonly StoreWrite[] {
  const { id, status } = record.descriptor;
  const intent = { ...what, at: state.options.clock.now(), previousIdentity: record.identity };
  const desired = what.kind === 'stop' ? ('stopped' as const) : ('running' as const);
  const changes = { desired, intent, handle: knownHandle(state, record) };
  const event = what.kind === 'stop' ? 'stop_requested' : 'launch_requested';
  // A running process that is restarted lives until it is stopped: it is not "pending" before that.
  const isStep = what.kind === 'stop' || status !== 'running';
  return isStep
    ? applyEvent(state, id, { event, because: what.reason, changes }).writes
    : amend(state, id, changes);
}

/** It cannot start yet, but it is wanted: whoever mends the problem may start it. */
async function blockedStart(state: LinkerState, record: ProcessRecord, refusal: Refusal): Promise<Refusal> {
  const processId = record.descriptor.id;
  // It would be tried again as it was, though it is said to wait for what is missing.
  const cleared = await stopRuntime(state, record, { deadlineMs: 0 });
  if (!cleared.ok) return abandon(state, processId, cleared);
  const { writes } = applyEvent(state, processId, {
    event: 'configuration_missing',
    because: refusal.message,
    changes: { desired: 'running', intent: null },
  });
  await state.writer.commit(`the start of ${processId}`, writes);
  return refusal;
}

/** Nobody works on it any more; what is wanted stays wanted. */
async function abandon(state: LinkerState, processId: string, refusal: Refusal): Promise<Refusal> {
  const changes = { intent: null };
  const { status } = requireRecord(state, processId).descriptor;
  const writes =
    status === 'pending'
      ? applyEvent(state, processId, { event: 'launch_failed', because: refusal.message, changes }).writes
      : amend(state, processId, changes);
  await state.writer.commit(`the failure to stop ${processId}`, writes);
  return refusal;
}
