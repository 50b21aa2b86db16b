import type {
  DreamnetEvent,
  ExitRecord,
  LocalProcessHost,
  OSProcessStatus,
  ProcessIdentity,
  StoreWrite,
  SupervisedPhase,
} from '@dreamnet/contracts';
import { DreamnetError, howItEnded, type StepOutcome } from '@dreamnet/kit';
import type { ProcessRecord } from '../process-descriptors/process-record.js';
import type { ProcessStatusEvent } from '../process-descriptors/status.js';
import { applyEvent, type LinkerState, type RecordChanges } from './linker-state.js';

interface News {
  event: ProcessStatusEvent;
  because: string;
  changes?: RecordChanges;
}

/**
 * Takes one event of the supervisor in; events may come late or twice.
 *
 * @returns What became of the status; undefined when the event does not concern it.
 */
export function takeProcessEvent(
  state: LinkerState,
  event: DreamnetEvent,
): StepOutcome<OSProcessStatus> | undefined {
  const record = state.records.get(event.subject);
  if (record && event.type === 'process.phase-changed' && isFinished(state, event.subject))
    void clearSecretFiles(state, event.subject);
  const news = record && toNews(event, record, state.options.processes);
  if (!news) return undefined;
  const { outcome, writes } = applyEvent(state, event.subject, news);
  state.writer.writeLater(`the status of ${event.subject}`, writes);
  return outcome;
}

/** Nothing of it runs, and nothing of it starts again by itself. */
function isFinished({ options }: LinkerState, processId: string): boolean {
  return options.processes.get(processId)?.phase === 'exited';
}

/** In its turn among the operations on the process: one that was started again meanwhile needs its files. */
async function clearSecretFiles(state: LinkerState, processId: string): Promise<void> {
  const { secretFiles, publish } = state.options;
  if (!secretFiles) return;
  try {
    await state.operations.run(processId, async () => {
      if (isFinished(state, processId)) await secretFiles.clear(processId);
    });
  } catch (thrown) {
    const error = `the secret files of ${processId} stay: ${DreamnetError.from(thrown).message}`;
    publish('store.failed', 'secret-files', { operation: 'remove secret files', error });
  }
}

/**
 * What the host does with one whose launch has just failed: what it tries again is pending, as after a crash.
 *
 * @returns `isTried`: it will be, without anybody's doing; the writes are still to be stored.
 */
export function noteHostPhase(
  state: LinkerState,
  processId: string,
): { isTried: boolean; writes: readonly StoreWrite[] } {
  const phase = state.options.processes.get(processId)?.phase;
  if (phase !== 'backoff' && phase !== 'waiting' && phase !== 'starting')
    return { isTried: phase === 'broken', writes: [] };
  const news = { event: 'restart_scheduled' as const, because: WAITS[phase], changes: { identity: null } };
  return { isTried: true, writes: applyEvent(state, processId, news).writes };
}

/** One process of a machine, as `RuntimeInspection.identity` writes it. */
export function formatIdentity(identity: ProcessIdentity): string {
  return `${identity.pid}:${identity.startTicks}`;
}

function toNews(event: DreamnetEvent, record: ProcessRecord, host: LocalProcessHost): News | undefined {
  switch (event.type) {
    case 'process.started':
      return started(event.data.identity, event.data.isAdopted ? 'adopted' : `start ${event.data.attempt}`);
    case 'process.exited':
      return exited(event.data.identity, event.data.exit, record);
    case 'process.circuit-opened':
      return {
        event: 'gave_up',
        because: `${event.data.restarts} restarts within ${event.data.periodMs} ms: no more for now`,
        changes: { identity: null },
      };
    case 'process.phase-changed':
      return phaseChanged(event.data.to, record, host);
    default:
      return undefined;
  }
}

function started(identity: ProcessIdentity, because: string): News {
  return { event: 'process_started', because, changes: { identity: formatIdentity(identity) } };
}

/** The exit of a process that was replaced already is old news. */
function exited(identity: ProcessIdentity, exit: ExitRecord, record: ProcessRecord): News | undefined {
  const which = formatIdentity(identity);
  if (record.identity !== null && record.identity !== which) return undefined;
  const isAsked = record.intent !== null && record.intent.kind !== 'start';
  if (exit.endedWith !== undefined && !isAsked) {
    const because = `ended with its group '${exit.endedWith}', which starts it again`;
    return { event: 'restart_scheduled', because, changes: { identity: null } };
  }
  const event = exit.code === 0 || isAsked ? 'exited_clean' : 'failed';
  return { event, because: howItEnded(exit), changes: { identity: null } };
}

/**
 * A phase carries no identity, so a late one could be about an earlier process: what counts is the phase the host
 * is in now.
 */
function phaseChanged(to: SupervisedPhase, record: ProcessRecord, host: LocalProcessHost): News | undefined {
  const now = host.get(record.descriptor.id);
  const phase = now?.phase ?? to;
  switch (phase) {
    case 'running':
      return now?.identity ? started(now.identity, 'it runs') : undefined;
    case 'waiting':
    case 'starting':
    case 'backoff':
      // An operation of ours steps the status itself.
      return record.intent
        ? undefined
        : { event: 'restart_scheduled', because: WAITS[phase], changes: { identity: null } };
    case 'broken':
      // `process.circuit-opened` says more, and is remembered; this one counts when that was missed.
      return record.descriptor.status === 'error'
        ? undefined
        : { event: 'gave_up', because: 'too many restarts: no more for now', changes: { identity: null } };
    case 'exited':
      return now?.lastExit ? finallyExited(now.lastExit, record) : undefined;
    // It lives until it is gone, and an end that was asked for is told by the operation that asked.
    case 'stopping':
    case 'idle':
      return undefined;
  }
}

function finallyExited(exit: ExitRecord, record: ProcessRecord): News {
  const isFine = exit.code === 0 || record.desired === 'stopped';
  return {
    event: isFine ? 'exited_clean' : 'gave_up',
    because: `${howItEnded(exit)}; it is not started again`,
    changes: { identity: null },
  };
}

const WAITS = {
  starting: 'it is being started again',
  backoff: 'it waits to be started again',
  waiting: 'it waits for others before it is started again',
} as const;
