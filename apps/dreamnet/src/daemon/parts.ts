import { join, resolve } from 'node:path';
import { createSqliteStore } from '@dreamnet/adapters';
import type { Clock, PublishEvent, Store } from '@dreamnet/contracts';
import { createDreamNetOSCore, type DreamNetOSCoreFacade } from '@dreamnet/dreamnet-os-core';
import { createAwakeClock, type DreamnetError } from '@dreamnet/kit';
import {
  agentOf,
  type Budgets,
  createBudgets,
  createOSLinker,
  createRedactor,
  createSecretFiles,
  createVault,
  type OSLinker,
  type Redactor,
  type Scaler,
  type SecretFiles,
  type Vault,
} from '@dreamnet/os-linker';
import {
  createCustomRuntime,
  createNodeRuntime,
  createPythonRuntime,
  createRuntimeRegistry,
} from '@dreamnet/runtimes';
import {
  type AgentBgp,
  createAgentBgp,
  createEventBus,
  createPublish,
  type DurableEventBus,
} from '@dreamnet/spine';
import {
  createSupervisor,
  type HidesOutput,
  type IsolationSettings,
  type LogRotation,
  type RenewSpec,
  type Supervisor,
} from '@dreamnet/supervisor';
import type { LoadedFleet } from '../config/load.js';
import type { FleetFile } from '../config/schema.js';
import { createIngest, type Ingest } from '../ingest/ingest.js';
import type { ReportJournal } from '../ingest/report-journal.js';
import type { ProbeHost } from '../probes/probe-kind.js';
import { VERSION } from '../version.js';
import { toAlertSettings } from './alert-settings.js';
import { createBreathingPublish } from './breathing-publish.js';
import { type CarriedCallsBook, createCarriedCalls } from './carried-calls.js';
import { createHiddenOutput, type HiddenOutput } from './hidden-output.js';
import { settleMark } from './instance-mark.js';
import { createLateWrites, type LateWrites } from './late-writes.js';
import { commandOwner, SECRET_COMMAND_MARKER } from './left-commands.js';
import { createLockedVault } from './locked-vault.js';
import { createMemoryAllotments, type MemoryAllotments } from './memory-allotments.js';
import type { NotifierTools } from './notifiers.js';
import { holdFolder, type OpenFolder } from './open-folder.js';
import { type CallCounter, createCallCounter } from './replicas/call-counter.js';
import { createRecoveryOverrides, type RecoveryOverrides } from './replicas/recovery-overrides.js';
import { toBudgetDefinitions } from './spending/budget-definitions.js';
import { budgetRules } from './spending/budget-watch.js';
import type { StateDir } from './state-dir.js';
import { type StoreTally, tallyStore } from './store-tally.js';
import { readPassphrase } from './vault-passphrase.js';
import { readVersion } from './version-info.js';
import { type Awaited, createAwaited, createWatchList, type WatchList } from './watch-list.js';

/** The rooms, made and connected, nothing started. */
export interface DaemonParts {
  readonly clock: Clock;
  readonly store: Store;
  /** What it refused, whoever asked. */
  readonly storeTally: StoreTally;
  readonly bus: DurableEventBus;
  readonly core: DreamNetOSCoreFacade;
  readonly watchList: WatchList;
  /** What the probes of this fleet file are made with. */
  readonly probeHost: (loaded: LoadedFleet) => ProbeHost;
  readonly linker: OSLinker;
  readonly secretFiles: SecretFiles;
  /** What may be spent; nothing before `open`. */
  readonly budgets: Budgets;
  readonly supervisor: Supervisor;
  readonly allotments: MemoryAllotments;
  /** What ends go on without, when the store takes nothing. */
  readonly lateWrites: LateWrites;
  readonly bgp: AgentBgp;
  /** Calls under way. */
  readonly calls: CallCounter;
  /** The same, as evidence of how whoever is to answer them is. */
  readonly carried: CarriedCallsBook;
  readonly folder: OpenFolder;
  /** Of the state folder: marks its processes. */
  readonly instanceId: string;
  /** Replicas are repaired as the agent they belong to. */
  readonly recoveryOverrides: RecoveryOverrides;
  readonly ingest: Ingest;
  /** What the receivers of the fleet file are made with. */
  readonly notifierTools: NotifierTools;
  readonly vault: Vault;
  readonly redactor: Redactor;
  /** Of processes whose secrets are not known. */
  readonly hiddenOutput: HiddenOutput;
  /** For the daemon's own events. */
  readonly publish: PublishEvent;
  /** Says what must not be silent and has no other place. */
  onTrouble(text: string): void;
  /** The fleet file in force. */
  loaded(): LoadedFleet;
  /** Why the fleet file as it is now is not in force; undefined when it is. */
  refusal(): DreamnetError | undefined;
}

export interface PartsOptions {
  clock: Clock;
  stateDir: StateDir;
  variables: Readonly<Record<string, string | undefined>>;
  searchPath: string;
  loaded: () => LoadedFleet;
  /** Why the fleet file as it is now is not in force; undefined when it is. */
  refusal: () => DreamnetError | undefined;
  /** Where agents reach the daemon. */
  url: () => string;
  /** Troubles that must not be silent and have no other place. */
  onTrouble: (text: string) => void;
  /** Carries out what the linker is asked to scale. */
  scaler: Scaler;
}

/** Makes every room. Nothing runs yet but the store, whose file is opened. */
export async function createParts(options: PartsOptions): Promise<DaemonParts> {
  const { clock, stateDir, variables, loaded, onTrouble } = options;
  const opened = await createSqliteStore({ path: storeFileOf(loaded(), stateDir), clock });
  const { store, tally: storeTally } = tallyStore(opened, clock);
  const instanceId = await markOf(options, store);
  const bus = createEventBus({
    clock,
    store,
    onError: (error, during) => onTrouble(`events: ${during} failed: ${error.message}`),
  });
  const redactor = createRedactor();
  const vault = openVault(options);
  const surroundings = surroundingsOf(options, instanceId);
  const kept = { store, bus, redactor, instanceId };
  const renew: RenewSpec = (id) => linker.describeRestart(id);
  const supervisor = supervisorOf(options, { ...kept, renew, hides: (id, run) => hiddenOutput.of(id, run) });
  const linker: OSLinker = createOSLinker({
    store,
    clock,
    publish: createPublish(bus, clock, 'os-linker'),
    runtimes: createRuntimes(options),
    processes: supervisor,
    ...{ vault, redactor, scaler: options.scaler },
    environment: variables,
    lookupVariable: (name) => variables[name],
    platformEnvironment: (name) => platformEnvironment(name, options, redactor),
    ...surroundings,
  });
  const hiddenOutput = createHiddenOutput(linker, supervisor);
  const notifierTools = toNotifierTools(options, { bus, vault });
  let journal: ReportJournal | undefined;
  const folder = holdFolder(stateDir.path);
  const keepingProblem = () => folder.problem()?.message ?? journal?.failing?.message;
  const recoveryOverrides = createRecoveryOverrides(loaded().fleet.recovery.overrides);
  const isNamed = () => loaded().fleet.vault.passphrase !== undefined;
  const secretsProblem = createLockedVault({ linker, supervisor, vault, isNamed });
  const coreRooms = { ...kept, notifierTools, keepingProblem, secretsProblem, recoveryOverrides };
  const { core, watchList } = createWatched(options, coreRooms);
  const calls = createCallCounter(clock);
  const publish = createPublish(bus, clock, 'daemon');
  const settings = loaded().fleet.ingest;
  const budgets = createLedger(options, { store, bus });
  const onTokens = (agent: string, tokens: number) => budgets.report({ agent: agentOf(agent) }, { tokens });
  const into = { core, store, watchList, publish, onTokens };
  const ingest = await createIngest({ clock, stateDir, settings, onTrouble, ...into });
  journal = ingest.journal;
  return {
    ...{ ...kept, storeTally, ingest, clock, linker, budgets, secretFiles: surroundings.secretFiles },
    ...{ notifierTools, hiddenOutput, folder, supervisor },
    ...{ allotments: createMemoryAllotments(store), lateWrites: createLateWrites({ clock, onTrouble }) },
    ...{ vault, onTrouble, loaded },
    refusal: options.refusal,
    ...{ core, watchList },
    probeHost: (of) => ({ ...probeHost(of, options), owner: commandOwner(instanceId) }),
    bgp: createAgentBgp({ clock, publish: createPublish(bus, clock, 'spine'), loadOf: calls.inFlight }),
    ...{ calls, carried: carriedOf(options, supervisor) },
    recoveryOverrides,
    publish,
  };
}

async function markOf({ stateDir, onTrouble }: PartsOptions, store: Store): Promise<string> {
  try {
    return await settleMark({ stateDir, store, onTrouble });
  } catch (thrown) {
    await store.close();
    throw thrown;
  }
}

function openVault({ stateDir, clock, loaded, variables }: PartsOptions): Vault {
  const passphrase = () => readPassphrase(loaded(), variables);
  return createVault({ directory: stateDir.vaultDir, clock, passphrase });
}

function createLedger(
  { clock, loaded }: PartsOptions,
  { store, bus }: { store: Store; bus: DurableEventBus },
) {
  const budgets = createBudgets({ store, clock, publish: createPublish(bus, clock, 'budgets') });
  budgets.configure(toBudgetDefinitions(loaded().fleet));
  return budgets;
}

function supervisorOf(
  options: PartsOptions,
  {
    store,
    bus,
    redactor,
    instanceId,
    ...asked
  }: {
    store: Store;
    bus: DurableEventBus;
    redactor: Redactor;
    renew: RenewSpec;
    hides: HidesOutput;
    instanceId: string;
  },
): Supervisor {
  const { clock, stateDir, loaded } = options;
  return createSupervisor({
    ...{ store, instanceId },
    ...{ logDir: stateDir.logDir, exitsFile: stateDir.exitsFile },
    clock,
    publish: createBreathingPublish(clock, createPublish(bus, clock, 'supervisor')),
    redact: (text) => redactor.redact(text),
    ...asked,
    isolation: isolationSettings(options),
    rotation: () => toRotation(loaded().fleet.logs),
  });
}

function carriedOf({ clock, loaded }: PartsOptions, supervisor: Supervisor): CarriedCallsBook {
  const healthOf = (id: string) => loaded().fleet.agents[agentOf(id)]?.health;
  return createCarriedCalls({
    clock,
    identityOf: (id) => supervisor.identityOf(id),
    stallAfterMs: (id) => healthOf(id)?.progress.stallAfter ?? 0,
  });
}

/** Where the Linker finds relative paths, puts secrets in memory, and what isolation there is. */
function surroundingsOf({ loaded }: PartsOptions, instanceId: string) {
  return {
    directory: loaded().folder,
    commandEnvironment: { [SECRET_COMMAND_MARKER]: commandOwner(instanceId) },
    isolations: ['none', 'process', 'sandbox'] as const,
    secretFiles: createSecretFiles(join('/dev/shm', `dreamnet-${instanceId}`)),
  };
}

/** No sandbox sees the state folder; all that may connect somewhere may report to the daemon. */
function isolationSettings({ searchPath, stateDir, url }: PartsOptions): IsolationSettings {
  return {
    searchPath,
    gateDir: join(stateDir.path, 'gates'),
    hiddenPaths: [stateDir.path],
    daemonAddress: () => {
      const { hostname, port } = new URL(url());
      return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) };
    },
  };
}

function createRuntimes({ searchPath, variables: managers }: PartsOptions) {
  return createRuntimeRegistry([
    createNodeRuntime({ execPath: process.execPath, searchPath, managers }),
    createPythonRuntime({ searchPath, managers }),
    createCustomRuntime(),
  ]);
}

function toNotifierTools(
  { clock, variables, loaded }: PartsOptions,
  { bus, vault }: { bus: DurableEventBus; vault: Vault },
): NotifierTools {
  return {
    clock,
    publish: createPublish(bus, clock, 'notifier'),
    vault,
    variables,
    resolvePath: (path) => resolve(loaded().folder, path),
  };
}

interface CoreRooms {
  redactor: Redactor;
  store: Store;
  bus: DurableEventBus;
  notifierTools: NotifierTools;
  /** Why reports are not kept now. */
  keepingProblem: () => string | undefined;
  /** Who would not come back after a crash, since the vault is locked. */
  secretsProblem: () => string | undefined;
  recoveryOverrides: RecoveryOverrides;
}

/** OS Core, and whom it watches. */
function createWatched(options: PartsOptions, rooms: CoreRooms) {
  const awaited = createAwaited();
  const core = createCore(options, rooms, awaited);
  return { core, watchList: createWatchList(core, awaited) };
}

function createCore({ clock, loaded, refusal }: PartsOptions, rooms: CoreRooms, awaited: Awaited) {
  const { store, bus, notifierTools } = rooms;
  const { recovery, history, anomalies, alerts } = loaded().fleet;
  const { keep, limits } = history;
  return createDreamNetOSCore({
    // What happened while this process slept was seen by nobody: no silence and no duration counts it.
    clock: createAwakeClock(clock),
    keepingProblem: rooms.keepingProblem,
    secretsProblem: rooms.secretsProblem,
    configProblem: () => refusal()?.message,
    isAwaited: awaited.has,
    mask: rooms.redactor.redactData,
    store,
    bus,
    ...toAlertSettings(alerts, notifierTools, budgetRules(loaded().fleet)),
    version: readVersion(VERSION),
    policy: {
      default: recovery.default,
      overrides: rooms.recoveryOverrides.live,
      stableForMs: recovery.stableFor,
      deadlineMs: recovery.deadline,
      cooldownMs: recovery.cooldown,
    },
    historyEveryMs: history.every,
    history: {
      flushEveryMs: history.flush,
      keep: { rawMs: keep.raw, minuteMs: keep.minutes, hourMs: keep.hours },
      seriesPerSubsystem: limits.perSubsystem,
      seriesTotal: limits.total,
    },
    anomalies: { limit: anomalies.limit, everyMs: anomalies.every },
  });
}

/** `store.url` may name another file; relative to the fleet file, like every path in it. */
function storeFileOf(loaded: LoadedFleet, stateDir: StateDir): string {
  const { store } = loaded.fleet;
  return store === undefined ? stateDir.storeFile : resolve(loaded.folder, store.url.replace(/^sqlite:/, ''));
}

/** Of the daemon's own variables a probe's command gets these; secrets are not among them. */
const PROBE_VARIABLES = ['PATH', 'HOME', 'USER', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'];

function probeHost(
  { fleet, folder }: LoadedFleet,
  { clock, variables, searchPath }: PartsOptions,
): ProbeHost {
  const base = PROBE_VARIABLES.flatMap((name) => {
    const value = variables[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const environment = { PATH: searchPath, ...Object.fromEntries(base), ...fleet.context.env };
  return { clock, folder, environment };
}

/** By these an agent finds the daemon: its address, its own name, and a token good for nothing but its reports. */
function platformEnvironment(
  name: string,
  options: PartsOptions,
  redactor: Redactor,
): Record<string, string> {
  const token = options.stateDir.agentToken(name);
  redactor.add(token);
  return { DREAMNET_URL: options.url(), DREAMNET_AGENT: name, DREAMNET_TOKEN: token };
}

/** How logs are cut and kept, by the fleet file in force. */
function toRotation({ size, keep, every, maxAge, total }: FleetFile['logs']): LogRotation {
  return { limitBytes: size, keep, everyMs: every, keepMs: maxAge, totalBytes: total };
}
