import type { ConfigurationProblem, LocalProcessSpec, RuntimeInspection } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import type { ProcessRecord } from '../process-descriptors/process-record.js';
import { loadState, type UnreadableRecord } from '../state/stored-state.js';
import { knownHandle, toLaunchSpec } from './launch.js';
import { amend, applyEvent, type LinkerState, redacted, resolveFor, runtimeIo } from './linker-state.js';

/** What `open` found. */
export interface OpenReport {
  processes: number;
  bindings: number;
  /** Stored records that were not used; they are left where they are. */
  unreadable: readonly UnreadableRecord[];
}

/** A local process the supervisor should look for, with what is missing for a new start of it. */
export interface AdoptableProcess {
  /** What was asked for last. */
  desired: 'running' | 'stopped';
  spec: LocalProcessSpec;
  problems: readonly ConfigurationProblem[];
}

/** What `recover` found, by what is left to do. A process is named in at most one list. */
export interface RecoveryReport {
  /** Lives and is wanted. */
  running: readonly string[];
  /** Wanted, and its runtime is about to start it again by itself. */
  waiting: readonly string[];
  /** Wanted, not there: start it. */
  toStart: readonly string[];
  /** Lives though it was asked to stop: stop it. */
  toStop: readonly string[];
  /** A restart was begun and the old process still lives: restart it. */
  toRestart: readonly string[];
  /** Could not be looked at, and why. */
  unknown: readonly { processId: string; because: string }[];
}

type Verdict = Exclude<keyof RecoveryReport, 'unknown'> | 'done';

/** Fills an empty state from the store. What was running is not believed to run until `recover` has looked. */
export async function openState(state: LinkerState): Promise<OpenReport> {
  const stored = await loadState(state.options.store);
  for (const [capability, providers] of stored.capabilities)
    state.capabilities.setProviders(capability, providers);
  for (const binding of stored.bindings) state.bindings.put(binding);
  for (const change of stored.changes) state.history.add(change);
  for (const change of stored.recorded) state.changes.add(change);
  for (const record of stored.processes) {
    const { id } = record.descriptor;
    state.records.set(id, record);
    const because = 'the daemon was away';
    state.writer.writeLater(
      `the status of ${id}`,
      applyEvent(state, id, { event: 'sight_lost', because }).writes,
    );
  }
  return {
    processes: stored.processes.length,
    bindings: stored.bindings.length,
    unreadable: stored.unreadable,
  };
}

/**
 * The local processes that may still run from before, as their runtimes would launch them now.
 *
 * @param isAsked Whose id is not asked for is not looked at: each look resolves an environment and finds a program.
 */
export async function listAdoptable(
  state: LinkerState,
  isAsked: (processId: string) => boolean = () => true,
): Promise<readonly AdoptableProcess[]> {
  const adoptable: AdoptableProcess[] = [];
  for (const record of state.records.values()) {
    const { plan, desired } = record;
    if (!plan || !isAsked(record.descriptor.id)) continue;
    const runtime = state.options.runtimes.get(plan.runtime);
    if (!runtime.localSpec) continue;
    const resolved = await resolveFor(state, record);
    try {
      const spec = await runtime.localSpec(toLaunchSpec(record, plan, resolved));
      adoptable.push({ desired, spec, problems: resolved.problems });
    } catch (thrown) {
      // What cannot be described cannot be adopted; the status says why, and recover() will miss it.
      const because = DreamnetError.from(thrown).message;
      const { writes } = applyEvent(state, record.descriptor.id, { event: 'found_gone', because });
      state.writer.writeLater(`the status of ${record.descriptor.id}`, writes);
    }
  }
  return adoptable;
}

/** Looks at every process the store knows and says what is left to do; starts and stops nothing. */
export async function recoverProcesses(state: LinkerState): Promise<RecoveryReport> {
  const lists: Record<Verdict, string[]> = {
    running: [],
    waiting: [],
    toStart: [],
    toStop: [],
    toRestart: [],
    done: [],
  };
  const unknown: { processId: string; because: string }[] = [];
  for (const record of [...state.records.values()]) {
    const { id } = record.descriptor;
    try {
      lists[await recoverOne(state, record)].push(id);
    } catch (thrown) {
      unknown.push({ processId: id, because: redacted(state, DreamnetError.from(thrown).message) });
    }
  }
  await state.writer.flush();
  const { done: _, ...report } = lists;
  return { ...report, unknown };
}

async function recoverOne(state: LinkerState, record: ProcessRecord): Promise<Verdict> {
  const { id } = record.descriptor;
  const inspection = await attach(state, record);
  // Events may have stepped it while we looked.
  const { intent, desired } = state.records.get(id) ?? record;
  const isAlive = inspection?.state === 'running' || inspection?.state === 'starting';
  if (!isAlive) return recoverAbsent(state, record, inspection);
  const identity = inspection.identity ?? null;
  const isHalfRestarted = intent?.kind === 'restart' && identity === intent.previousIdentity;
  const { writes } = applyEvent(state, id, {
    event: 'process_started',
    because: 'found running',
    changes: { identity, ...(!isHalfRestarted && desired === 'running' && { intent: null }) },
  });
  state.writer.writeLater(`the recovery of ${id}`, writes);
  if (desired === 'stopped') return 'toStop';
  return isHalfRestarted ? 'toRestart' : 'running';
}

function recoverAbsent(
  state: LinkerState,
  record: ProcessRecord,
  inspection: RuntimeInspection | undefined,
): Verdict {
  const { id } = record.descriptor;
  const isWanted = record.desired === 'running';
  // `failed` and kept by its runtime: it waits to be tried again.
  const isWaiting = isWanted && inspection?.state === 'failed';
  if (!isWaiting) {
    const { status } = record.descriptor;
    const isMissed = isWanted && record.handle !== null && status !== 'stopped';
    const writes = isMissed
      ? applyEvent(state, id, {
          event: 'found_gone',
          because: 'ended while the daemon was away',
          changes: { identity: null },
        }).writes
      : isWanted
        ? amend(state, id, { identity: null })
        : applyEvent(state, id, {
            event: 'stop_completed',
            because: 'nothing of it runs',
            changes: { identity: null, intent: null },
          }).writes;
    state.writer.writeLater(`the recovery of ${id}`, writes);
  }
  if (!isWanted) return 'done';
  return isWaiting ? 'waiting' : 'toStart';
}

/** What the runtime knows of it; undefined when it was never launched or is not to be found. */
async function attach(state: LinkerState, record: ProcessRecord): Promise<RuntimeInspection | undefined> {
  const handle = knownHandle(state, record);
  if (!handle) return undefined;
  const runtime = state.options.runtimes.get(handle.runtime);
  if (runtime.attach && !(await runtime.attach(handle, runtimeIo(state)))) return undefined;
  amend(state, record.descriptor.id, { handle });
  return runtime.inspect(handle, runtimeIo(state));
}
