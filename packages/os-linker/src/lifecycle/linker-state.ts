import type { OSProcessStatus, ProcessUser, RuntimeIo, StoreWrite } from '@dreamnet/contracts';
import type { StepOutcome } from '@dreamnet/kit';
import type { CapabilityMap } from '../capabilities-map/capability-map.js';
import type { ChangeLog } from '../changes/change-log.js';
import { describeAccess } from '../environment-bindings/access.js';
import { pickBaseEnvironment } from '../environment-bindings/base-environment.js';
import type { BindingBook } from '../environment-bindings/binding-book.js';
import { type ResolvedEnvironment, resolveEnvironment } from '../environment-bindings/resolve-environment.js';
import type { SecretFiles } from '../environment-bindings/secret-files.js';
import { linkerError } from '../errors.js';
import type { OSLinkerOptions } from '../linker-options.js';
import { toIsolation } from '../process-descriptors/launch-plan.js';
import type { ProcessChange, ProcessHistory } from '../process-descriptors/process-history.js';
import type { ProcessRecord } from '../process-descriptors/process-record.js';
import { type ProcessStatusEvent, stepProcessStatus } from '../process-descriptors/status.js';
import type { OperationQueue } from '../state/operation-queue.js';
import type { StateWriter } from '../state/state-writer.js';
import { appendChange, putProcess } from '../state/stored-state.js';

/** What the parts of one linker share. Records are replaced through `applyEvent` and `amend` alone. */
export interface LinkerState {
  readonly options: OSLinkerOptions;
  readonly records: Map<string, ProcessRecord>;
  readonly bindings: BindingBook;
  readonly capabilities: CapabilityMap;
  readonly history: ProcessHistory;
  readonly changes: ChangeLog;
  readonly writer: StateWriter;
  readonly operations: OperationQueue;
  /** Process id → how often late or impossible news were refused. */
  readonly refused: Map<string, number>;
  readonly closing: AbortController;
}

/** What else an event changes besides the status. */
export type RecordChanges = Partial<
  Pick<ProcessRecord, 'desired' | 'handle' | 'identity' | 'intent' | 'environment'>
>;

/** The record of a process. @throws DN_LINKER_UNKNOWN_PROCESS */
export function requireRecord(state: LinkerState, processId: string): ProcessRecord {
  const record = state.records.get(processId);
  // The id came from a caller: quoted, so that control characters show instead of acting.
  if (!record)
    throw linkerError('DN_LINKER_UNKNOWN_PROCESS', { processId: JSON.stringify(processId.slice(0, 128)) });
  return record;
}

/** What runtimes are lent; aborted when the linker closes or the caller gives up. */
export function runtimeIo(state: LinkerState, signal?: AbortSignal): RuntimeIo {
  const own = state.closing.signal;
  return { processes: state.options.processes, signal: signal ? AbortSignal.any([own, signal]) : own };
}

/** A text that may be shown. */
export function redacted(state: LinkerState, text: string): string {
  return state.options.redactor?.redact(text) ?? text;
}

/** Worth remembering even when the status stays: a request, or the reason somebody gave up. */
const TELLING: ReadonlySet<ProcessStatusEvent> = new Set([
  'launch_requested',
  'stop_requested',
  'launch_failed',
  'gave_up',
]);

/**
 * Steps a process's status, remembers the change and publishes it. Nothing waits: the returned writes are still
 * to be stored.
 */
export function applyEvent(
  state: LinkerState,
  processId: string,
  news: { event: ProcessStatusEvent; because: string; changes?: RecordChanges },
): { outcome: StepOutcome<OSProcessStatus>; writes: readonly StoreWrite[] } {
  const before = requireRecord(state, processId);
  const outcome = stepProcessStatus(before.descriptor.status, news.event);
  if (!outcome.ok) {
    state.refused.set(processId, (state.refused.get(processId) ?? 0) + 1);
    return { outcome, writes: [] };
  }
  const because = redacted(state, news.because);
  const descriptor = { ...before.descriptor, status: outcome.to };
  const after: ProcessRecord = { ...before, ...news.changes, descriptor };
  state.records.set(processId, after);
  if (outcome.from === outcome.to && after.identity === before.identity && !TELLING.has(news.event))
    return { outcome, writes: writesOf(state, before, after) };
  const change: ProcessChange = {
    at: state.options.clock.now(),
    processId,
    event: news.event,
    from: outcome.from,
    to: outcome.to,
    because,
    identity: after.identity,
  };
  state.history.add(change);
  if (outcome.from !== outcome.to)
    state.options.publish('agent.status-changed', processId, { from: outcome.from, to: outcome.to, because });
  return { outcome, writes: [putProcess(after), appendChange(change)] };
}

/** Changes a record without an event. */
export function amend(state: LinkerState, processId: string, changes: RecordChanges): readonly StoreWrite[] {
  const before = requireRecord(state, processId);
  const after = { ...before, ...changes };
  state.records.set(processId, after);
  return writesOf(state, before, after);
}

/** What the store holds already is not written again: the news of one start come from three sides. */
function writesOf(state: LinkerState, before: ProcessRecord, after: ProcessRecord): readonly StoreWrite[] {
  const put = putProcess(after);
  const isSame =
    after.desired === before.desired &&
    after.handle === before.handle &&
    after.identity === before.identity &&
    after.environment === before.environment &&
    after.intent === before.intent;
  return isSame && !state.writer.isUnsaved(put) ? [] : [put];
}

/** The environment the process would be started with now. */
export function resolveFor(state: LinkerState, record: ProcessRecord): Promise<ResolvedEnvironment> {
  const { options } = state;
  const { id, runtimeContext } = record.descriptor;
  return resolveEnvironment({
    context: runtimeContext,
    bindings: state.bindings.list({ processId: id }),
    isolation: record.plan?.isolation ?? 'none',
    user: userOf(state, record),
    base: pickBaseEnvironment(options.environment),
    ...(options.isolations && { isolations: options.isolations }),
    ...(options.platformEnvironment && { platform: options.platformEnvironment(id) }),
    sources: {
      vault: options.vault,
      ...(options.lookupVariable && { lookupVariable: options.lookupVariable }),
      ...(options.directory !== undefined && { directory: options.directory }),
      ...(options.commandEnvironment && { commandEnvironment: options.commandEnvironment }),
    },
    ...(options.secretFiles && { secretFiles: secretFilesOf(options.secretFiles, id) }),
    ...(options.redactor && { redactor: options.redactor }),
  });
}

/** Puts the secrets of a launch that are files where their variables say. */
export async function writeSecretFiles(
  state: LinkerState,
  processId: string,
  { files, user }: ResolvedEnvironment,
): Promise<void> {
  const { secretFiles } = state.options;
  for (const [variable, value] of files) await secretFiles?.write({ processId, variable, user }, value);
}

/** Known before the start, so that what the process is given can be made its own. */
function userOf({ options }: LinkerState, { descriptor, plan }: ProcessRecord): ProcessUser | undefined {
  const isolation = plan ? toIsolation(plan, describeAccess([], {})) : undefined;
  return isolation && options.processes.userOf?.(descriptor.id, isolation);
}

function secretFilesOf(files: SecretFiles, processId: string) {
  return {
    pathOf: (variable: string) => files.pathOf(processId, variable),
    problem: () => files.problem(),
  };
}
