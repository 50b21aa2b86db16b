import type {
  BindingType,
  CapabilitiesMap,
  ConfigurationProblem,
  DreamnetEvent,
  EnvironmentBinding,
  InstallationChoice,
  OSProcessDescriptor,
  OSProcessStatus,
  RestartSpec,
  RuntimeInspection,
} from '@dreamnet/contracts';
import type { StepOutcome } from '@dreamnet/kit';
import { type CapabilityLookup, createCapabilityMap } from './capabilities-map/capability-map.js';
import {
  bindEnvironment,
  deleteSecret,
  type NewBinding,
  type SecretChange,
  setSecret,
  unbindEnvironment,
} from './changes/binding.js';
import { mapCapability, unmapCapability } from './changes/capability-mapping.js';
import { createChangeLog } from './changes/change-log.js';
import type { RecordedChange } from './changes/recorded-change.js';
import {
  type NewProcess,
  type RegisterOutcome,
  registerProcess,
  unregisterProcess,
} from './changes/registration.js';
import { type ChangeSignal, type RenewalOutcome, renewSecrets } from './changes/renewal.js';
import { createBindingBook } from './environment-bindings/binding-book.js';
import { toEnvironmentBinding } from './environment-bindings/schema.js';
import { linkerError } from './errors.js';
import type { RestartAnswer, StartAnswer, StopAnswer } from './lifecycle/answers.js';
import { type GivenEnvironment, type GivenSecrets, learnGivenSecrets } from './lifecycle/given-secrets.js';
import { describeRestart, explainChoice, inspectRuntime } from './lifecycle/launch.js';
import { type LinkerState, requireRecord, resolveFor } from './lifecycle/linker-state.js';
import {
  type OperationOptions,
  restartProcess,
  type StopOptions,
  startProcess,
  stopProcess,
} from './lifecycle/operations.js';
import { takeProcessEvent } from './lifecycle/process-events.js';
import {
  type AdoptableProcess,
  listAdoptable,
  type OpenReport,
  openState,
  type RecoveryReport,
  recoverProcesses,
} from './lifecycle/recover.js';
import type { OSLinkerOptions } from './linker-options.js';
import type { LaunchPlan } from './process-descriptors/launch-plan.js';
import { createProcessHistory, type ProcessChange } from './process-descriptors/process-history.js';
import { createOperationQueue } from './state/operation-queue.js';
import { createStateWriter } from './state/state-writer.js';
import { putProcess } from './state/stored-state.js';

/** All there is to know about one OS process now. Without secret values. */
export interface ProcessInspection {
  process: OSProcessDescriptor;
  plan: LaunchPlan | null;
  desired: 'running' | 'stopped';
  identity: string | null;
  /** The platform's own view; null when it was never launched. */
  runtime: RuntimeInspection | null;
  /** What keeps it from starting, or would. */
  problems: readonly ConfigurationProblem[];
  notEnforced: readonly string[];
  bindings: readonly EnvironmentBinding[];
  /** Late or impossible news that were refused. */
  refusedEvents: number;
}

/** Agents as OS processes: what they are, what they may use, who serves what, and their start and stop. */
export interface OSLinker {
  /** Loads what the store holds. First of all calls, once. Nothing is believed to run until `recover`. */
  open(): Promise<OpenReport>;
  /**
   * Local processes the supervisor should adopt; call between `open` and `recover`.
   *
   * @param isAsked Default: all of them.
   */
  listAdoptable(isAsked?: (processId: string) => boolean): Promise<readonly AdoptableProcess[]>;
  /**
   * What a restart that nobody ordered follows now, or what is missing for it; undefined of one that no secrets are bound to.
   *
   * @throws DN_LINKER_NOT_LAUNCHABLE, and what the runtime throws when it chooses a program
   */
  describeRestart(processId: string): Promise<RestartSpec> | undefined;
  /** Finds what still runs and says what is left to do. */
  recover(): Promise<RecoveryReport>;
  /** Waits for running operations and for the store; agents go on. Idempotent. */
  close(): Promise<void>;

  /** Registers, or updates what is registered under the id; the status given is a claim and not taken over. */
  registerProcess(process: NewProcess, plan?: LaunchPlan, actor?: string): Promise<RegisterOutcome>;
  /** Forgets it with its bindings and mappings. @throws DN_LINKER_PROCESS_IS_RUNNING */
  unregisterProcess(processId: string, actor?: string): Promise<boolean>;
  getProcess(processId: string): OSProcessDescriptor | undefined;
  /** In the order of registration. */
  listProcesses(filter?: { status?: OSProcessStatus }): readonly OSProcessDescriptor[];
  inspect(processId: string): Promise<ProcessInspection>;
  /** Which installed interpreter its next start would use, and why; null when there is nothing to choose. */
  explainChoice(processId: string): Promise<InstallationChoice | null>;
  /** What somebody changed in descriptors, bindings, mappings and secrets; newest last, secrets masked. */
  changes(filter?: { processId?: string; limit?: number }): readonly RecordedChange[];
  /** What happened to it. Newest last. */
  history(processId: string, limit?: number): readonly ProcessChange[];

  /** Is an operation on it, such as a start, under way, or waiting for its turn? False when there is no such process. */
  isBusy(processId: string): boolean;
  /** Idempotent: what runs is left alone. A missing secret is an answer. */
  start(processId: string, options?: OperationOptions): Promise<StartAnswer>;
  /** Ends it whatever the store says; `notKept` tells when that did not take it. */
  stop(processId: string, options?: StopOptions): Promise<StopAnswer>;
  /** Stores its record as it is now, for one whose end was not kept. @throws DN_LINKER_UNKNOWN_PROCESS, DN_LINKER_STORE_FAILED */
  saveProcess(processId: string): Promise<void>;
  /** A new process takes the old one's place; callers at the same time share one restart, if nothing of it was changed in between. */
  restart(processId: string, options?: StopOptions): Promise<RestartAnswer>;
  /**
   * Sets how many processes it has, by the injected scaler; resolves when that is stored, before they are there.
   *
   * @param replicas A whole number; 0 ends all of them.
   * @throws DN_LINKER_INVALID_SCALE, DN_LINKER_NO_SCALER, and what the scaler throws, also of one it does not know.
   */
  scale(processId: string, replicas: number, actor?: string): Promise<void>;
  /** Calls it through the daemon's protocol session. @throws DN_LINKER_NOT_RUNNING, DN_LINKER_NO_INVOKER */
  invoke(
    processId: string,
    input: unknown,
    options?: { capability?: string; signal?: AbortSignal },
  ): Promise<unknown>;

  /** Binds, or replaces the binding with the id. Takes effect at the next start. */
  bindEnvironment(binding: NewBinding, actor?: string): Promise<EnvironmentBinding>;
  /** False when there was none. */
  unbindEnvironment(bindingId: string, actor?: string): Promise<boolean>;
  listBindings(filter?: { processId?: string; type?: BindingType }): readonly EnvironmentBinding[];
  /** Stores a secret as a new version; answers with the processes bound to it, which may now be started or told. */
  setSecret(key: string, value: string, actor?: string): Promise<SecretChange>;
  /** Removes every version; who runs keeps what it was given. False when there was none. */
  deleteSecret(key: string, actor?: string): Promise<boolean>;
  /**
   * Teaches the redactor what processes of an earlier daemon were given. After `open` and before anything is bound anew; nothing they
   * wrote is to be shown before.
   *
   * @param environments Of each process that is left; empty when none is.
   */
  learnGivenSecrets(processId: string, environments: readonly GivenEnvironment[]): Promise<GivenSecrets>;
  /** Gives a running process new values of its secret files, signals it and looks whether it goes on. */
  renewSecrets(processId: string, signals: readonly ChangeSignal[]): Promise<RenewalOutcome>;
  /** Processes bound to a key of the vault, each with what it asks for when the value changes. */
  usersOfSecret(key: string): SecretChange['users'];

  /** Adds providers behind those already there; answers with all. */
  mapCapability(
    capability: string,
    provider: string | readonly string[],
    actor?: string,
  ): Promise<readonly string[]>;
  /** Without a provider: all of them. False when nothing was mapped. */
  unmapCapability(capability: string, provider?: string, actor?: string): Promise<boolean>;
  /** Those of the capability itself, else of its longest mapped prefix; in order of preference. */
  getProvidersForCapability(capability: string): readonly string[];
  /** Like `getProvidersForCapability`, and tells which name matched. */
  lookupCapability(capability: string): CapabilityLookup;
  capabilitiesMap(): CapabilitiesMap;

  /** Takes one event of the supervisor in; undefined when it does not concern a process's status. */
  onProcessEvent(event: DreamnetEvent): StepOutcome<OSProcessStatus> | undefined;
}

/**
 * A linker on the given store and runtimes. Concurrent calls are safe: operations on one process run one after
 * another.
 *
 * @returns A linker that must be opened before anything else. @throws DN_LINKER_NOT_OPEN from every change before.
 */
export function createOSLinker(options: OSLinkerOptions): OSLinker {
  const state = createState(options);
  const gate = createGate();
  return {
    open: () => gate.open(() => openState(state)),
    listAdoptable: gate.guard('listAdoptable', (isAsked?: (processId: string) => boolean) =>
      listAdoptable(state, isAsked),
    ),
    describeRestart: (processId) => describeRestart(state, processId),
    recover: gate.guard('recover', () => recoverProcesses(state)),
    close: () => gate.close(() => closeState(state)),
    ...processView(state),
    ...capabilityView(state, gate.guard),
    ...operationView(state, gate.guard),
    ...changeView(state, gate.guard),
    renewSecrets: gate.guard('renewSecrets', (processId, signals) =>
      state.operations.run(processId, () => renewSecrets(state, processId, signals)),
    ),
    learnGivenSecrets: gate.guard('learnGivenSecrets', (processId, environments) =>
      learnGivenSecrets(state, processId, environments),
    ),
    usersOfSecret: (key) => state.bindings.usersOf(key),
    onProcessEvent: (event) => takeProcessEvent(state, event),
  };
}

/** Refuses a call by name while the linker is not open. */
type Guard = <A extends unknown[], T>(
  operation: string,
  call: (...args: A) => Promise<T>,
) => (...args: A) => Promise<T>;

/** Who is named in the log when the caller names nobody. */
const NOBODY = 'unknown';

function changeView(state: LinkerState, guard: Guard) {
  return {
    registerProcess: guard('registerProcess', (process: NewProcess, plan?: LaunchPlan, actor?: string) =>
      registerProcess(state, { process, plan }, actor ?? NOBODY),
    ),
    unregisterProcess: guard('unregisterProcess', (processId: string, actor?: string) =>
      unregisterProcess(state, processId, actor ?? NOBODY),
    ),
    bindEnvironment: guard('bindEnvironment', (binding: NewBinding, actor?: string) =>
      bindEnvironment(state, binding, actor ?? NOBODY),
    ),
    unbindEnvironment: guard('unbindEnvironment', (bindingId: string, actor?: string) =>
      unbindEnvironment(state, bindingId, actor ?? NOBODY),
    ),
    setSecret: guard('setSecret', (key: string, value: string, actor?: string) =>
      setSecret(state, { key, value }, actor ?? NOBODY),
    ),
    deleteSecret: guard('deleteSecret', (key: string, actor?: string) =>
      deleteSecret(state, key, actor ?? NOBODY),
    ),
    changes: (filter?: { processId?: string; limit?: number }) => state.changes.list(filter),
  };
}

function createState(options: OSLinkerOptions): LinkerState {
  return {
    options,
    records: new Map(),
    bindings: createBindingBook(),
    capabilities: createCapabilityMap(),
    history: createProcessHistory(),
    changes: createChangeLog({
      now: () => options.clock.now(),
      ...(options.redactor && { redactor: options.redactor }),
    }),
    writer: createStateWriter(options.store, options),
    operations: createOperationQueue(),
    refused: new Map(),
    closing: new AbortController(),
  };
}

function createGate() {
  let opened: Promise<OpenReport> | undefined;
  let closed: Promise<void> | undefined;
  const guard: Guard =
    (operation, call) =>
    async (...args) => {
      if (!opened || closed) throw linkerError('DN_LINKER_NOT_OPEN', { operation });
      await opened;
      return call(...args);
    };
  return {
    guard,
    open: (call: () => Promise<OpenReport>): Promise<OpenReport> => {
      if (closed) return Promise.reject(linkerError('DN_LINKER_NOT_OPEN', { operation: 'open' }));
      opened ??= call().catch((thrown: unknown) => {
        opened = undefined;
        throw thrown;
      });
      return opened;
    },
    close: (call: () => Promise<void>): Promise<void> => {
      closed ??= call();
      return closed;
    },
  };
}

async function closeState(state: LinkerState): Promise<void> {
  state.closing.abort();
  await state.operations.idle();
  await state.writer.flush();
}

function processView(state: LinkerState) {
  return {
    getProcess: (processId: string) => {
      const record = state.records.get(processId);
      return record && structuredClone(record.descriptor);
    },
    listProcesses: ({ status }: { status?: OSProcessStatus } = {}) =>
      [...state.records.values()]
        .filter((record) => status === undefined || record.descriptor.status === status)
        .map((record) => structuredClone(record.descriptor)),
    listBindings: (filter?: { processId?: string; type?: BindingType }) =>
      state.bindings.list(filter).map(toEnvironmentBinding),
    history: (processId: string, limit?: number) => state.history.of(processId, limit),
    inspect: (processId: string) => inspectProcess(state, processId),
    explainChoice: (processId: string) => explainChoice(state, processId),
  };
}

function capabilityView(state: LinkerState, guard: Guard) {
  return {
    mapCapability: guard(
      'mapCapability',
      (capability: string, provider: string | readonly string[], actor?: string) =>
        mapCapability(state, { capability, provider }, actor ?? NOBODY),
    ),
    unmapCapability: guard('unmapCapability', (capability: string, provider?: string, actor?: string) =>
      unmapCapability(state, { capability, provider }, actor ?? NOBODY),
    ),
    getProvidersForCapability: (capability: string) => state.capabilities.lookup(capability).providers,
    lookupCapability: (capability: string) => state.capabilities.lookup(capability),
    capabilitiesMap: () => state.capabilities.toMap(),
  };
}

function operationView(state: LinkerState, guard: Guard) {
  const { operations } = state;
  return {
    isBusy: operations.isBusy,
    start: guard('start', (processId: string, options?: OperationOptions) =>
      operations.run(processId, () => startProcess(state, processId, options)),
    ),
    stop: guard('stop', (processId: string, options?: StopOptions) =>
      operations.run(processId, () => stopProcess(state, processId, options)),
    ),
    saveProcess: guard('saveProcess', (processId: string) =>
      state.writer.commit(`the record of ${processId}`, [putProcess(requireRecord(state, processId))]),
    ),
    restart: guard('restart', (processId: string, options?: StopOptions) =>
      // One that was begun before a change may have been prepared without it.
      operations.runShared(processId, `restart after ${state.changes.count(processId)} changes`, () =>
        restartProcess(state, processId, options),
      ),
    ),
    scale: guard('scale', (processId: string, replicas: number, actor?: string) =>
      scaleProcess(state, { processId, replicas, actor: actor ?? NOBODY }),
    ),
    invoke: guard(
      'invoke',
      (processId: string, input: unknown, options?: { capability?: string; signal?: AbortSignal }) =>
        invokeProcess(state, processId, { ...options, input }),
    ),
  };
}

async function invokeProcess(
  state: LinkerState,
  processId: string,
  call: { input: unknown; capability?: string; signal?: AbortSignal },
): Promise<unknown> {
  const { status } = requireRecord(state, processId).descriptor;
  if (!state.options.invoker) throw linkerError('DN_LINKER_NO_INVOKER', { processId });
  if (status !== 'running') throw linkerError('DN_LINKER_NOT_RUNNING', { processId, status });
  const own = state.closing.signal;
  const signal = call.signal ? AbortSignal.any([own, call.signal]) : own;
  return state.options.invoker({ ...call, processId, signal });
}

async function scaleProcess(
  { options }: LinkerState,
  request: { processId: string; replicas: number; actor: string },
): Promise<void> {
  const { processId, replicas } = request;
  if (!Number.isSafeInteger(replicas) || replicas < 0)
    throw linkerError('DN_LINKER_INVALID_SCALE', { processId, replicas: String(replicas) });
  if (!options.scaler) throw linkerError('DN_LINKER_NO_SCALER', { processId });
  await options.scaler(request);
}

async function inspectProcess(state: LinkerState, processId: string): Promise<ProcessInspection> {
  const record = requireRecord(state, processId);
  const resolved = await resolveFor(state, record);
  return {
    process: structuredClone(record.descriptor),
    plan: structuredClone(record.plan),
    desired: record.desired,
    identity: record.identity,
    runtime: (await inspectRuntime(state, record)) ?? null,
    problems: resolved.problems,
    notEnforced: resolved.notEnforced,
    bindings: state.bindings.list({ processId }).map(toEnvironmentBinding),
    refusedEvents: state.refused.get(processId) ?? 0,
  };
}
