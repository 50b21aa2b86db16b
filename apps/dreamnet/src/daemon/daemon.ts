import { acquireStateLock } from '@dreamnet/adapters';
import type { CallOutcome, Clock, DreamnetEvent, Subscription } from '@dreamnet/contracts';
import type { DeliveryConfig, DreamNetOSCoreFacade } from '@dreamnet/dreamnet-os-core';
import { DreamnetError } from '@dreamnet/kit';
import type { Budgets, OSLinker, Scaler } from '@dreamnet/os-linker';
import type { EventBusStats, RecordedEvent } from '@dreamnet/spine';
import type { Supervisor } from '@dreamnet/supervisor';
import type { LoadedFleet } from '../config/load.js';
import { stopSteps } from '../config/start-plan.js';
import type { DoctorCheck } from '../http/views.js';
import type { Ingest } from '../ingest/ingest.js';
import { VERSION } from '../version.js';
import { type AgentFleet, createAgentFleet } from './agent-fleet.js';
import { toAlertSettings } from './alert-settings.js';
import { applyDiff, diffFleets, isEmptyDiff } from './apply.js';
import { rollAgain } from './apply-agents.js';
import { createBindingWatch } from './binding-watch.js';
import { keepMemoryOutOfDumps } from './core-dumps.js';
import { createEnding, type ShutdownAnswer } from './ending.js';
import { examineDaemon } from './examine.js';
import type { FleetInForce } from './fleet-in-force.js';
import { type FleetStart, startFleet, takeOver, takeOverToEnd } from './fleet-start.js';
import { followFleet, followProcess } from './follow-fleet.js';
import { createGroupDesk, type GroupDesk } from './group-desk.js';
import { createLeftCommands } from './left-commands.js';
import { createLeftDownWatch } from './left-down.js';
import { createLivenessWatch } from './liveness-watch.js';
import { createParts, type DaemonParts } from './parts.js';
import { createScaling, type Scaling } from './replicas/scaling.js';
import { type CallRequest, createRouting } from './routing.js';
import { createSecretDesk, type SecretDesk } from './secret-desk.js';
import { createProcessSignals } from './signals.js';
import { watchBudgets } from './spending/budget-watch.js';
import { createFreezeDesk, type FreezeDesk, type FreezeListener } from './spending/freeze-desk.js';
import { createStartSettling, type StartSettling } from './start-settling.js';
import type { StateDir } from './state-dir.js';
import type { StoreFigures } from './store-tally.js';
import { createUsageWatch } from './usage-watch.js';
import { createVaultDesk, type VaultDesk } from './vault-desk.js';
import { createViews, type Views } from './views.js';
import type { WatchList } from './watch-list.js';

/** A running daemon, as its HTTP interface uses it. */
export interface Daemon {
  readonly clock: Clock;
  readonly core: DreamNetOSCoreFacade;
  readonly watchList: WatchList;
  readonly agents: AgentFleet;
  readonly groups: GroupDesk;
  /** For whoever starts an agent and wants to know what came of it. */
  readonly starts: StartSettling;
  readonly scaling: Scaling;
  readonly secrets: SecretDesk;
  readonly vaultKey: VaultDesk;
  readonly linker: OSLinker;
  readonly budgets: Budgets;
  readonly freezes: FreezeDesk;
  readonly views: Views;
  /** What agents wrote. */
  readonly processLogs: Pick<Supervisor, 'logs' | 'followLogs'>;
  readonly ingest: Ingest;
  /** What the store refused, and how the journal of events is. */
  readonly keeping: { figures(): StoreFigures; journal(): EventBusStats };
  /** Was the fleet taken over? */
  isReady(): boolean;
  call(request: CallRequest): Promise<CallOutcome>;
  events(request: EventRequest): AsyncIterable<RecordedEvent>;
  /** Hears every event as it happens, before it is on disk. */
  onEvent(handler: (event: DreamnetEvent) => void): () => void;
  /** Reads the fleet file again and carries out what changed. @throws DN_CONFIG_*; then nothing was changed */
  apply(actor: string): Promise<string[]>;
  examine(): Promise<DoctorCheck[]>;
  /** Who is told of which alerts, by the fleet file in force. */
  alertConfig(): DeliveryConfig;
  /** Why what is ordered now could not be kept; undefined as long as it can. */
  orderProblem(): DreamnetError | undefined;
  /** Is it ending, so that it takes nothing new? */
  isEnding(): boolean;
  /** Answers what will be ended, then ends soon after. Asked again it hurries: what is still there is killed. */
  requestShutdown(leaveRunning: boolean, actor: string): Promise<ShutdownAnswer>;
  /** Whoever has not ended yet is killed; nothing happens before the end has begun. */
  hurry(): void;
  /** Takes over what a daemon left that was killed in the middle of its end; `stop` finishes that. Instead of `start`. */
  takeOverToEnd(): Promise<void>;
  /** Takes the fleet over and starts what is missing. @throws DN_CONFIG_PORT_IN_USE; then nothing was started */
  start(): Promise<FleetStart>;
  stop(how: { leaveRunning: boolean }): Promise<void>;
}

export interface EventRequest {
  after: number | 'latest';
  pattern: string;
  /** Only what is there already. */
  isOnce: boolean;
  signal: AbortSignal;
}

export interface DaemonOptions {
  clock: Clock;
  stateDir: StateDir;
  fleetFile: FleetInForce;
  variables: Readonly<Record<string, string | undefined>>;
  searchPath: string;
  /** Where agents reach the daemon. */
  url: () => string;
  onTrouble: (text: string) => void;
  /** Called when somebody asked for the end over HTTP. */
  onShutdownRequest: (leaveRunning: boolean) => void;
}

/** Locks the state folder and makes the daemon. @throws DN_STATE_LOCKED, DN_STORE_* */
export async function createDaemon(options: DaemonOptions): Promise<Daemon> {
  const lock = await acquireStateLock(options.stateDir.path);
  keepMemoryOutOfDumps();
  const { inForce: loaded, refusal } = options.fleetFile;
  try {
    const scaler: Scaler = ({ processId, replicas, actor }) =>
      daemon.scaling.scale(processId, replicas, actor);
    const parts = await createParts({ ...options, loaded, refusal, scaler });
    const daemon = assemble(options, parts, () => lock.release());
    return daemon;
  } catch (thrown) {
    await lock.release();
    throw thrown;
  }
}

function assemble(options: DaemonOptions, parts: DaemonParts, release: () => Promise<void>): Daemon {
  const { clock, core, bus } = parts;
  const fleet = createAgentFleet(parts);
  const scaling = createScaling(parts, fleet);
  const routing = createRouting(parts, fleet, scaling);
  const signals = createProcessSignals(parts, fleet);
  const watch = createLivenessWatch(clock, signals.onLook);
  const bindingWatch = createBindingWatch(parts, fleet);
  const usageWatch = createUsageWatch(parts, () => fleet.list().map(({ name }) => name));
  const leftCommands = createLeftCommands(clock, parts.instanceId);
  const timed = [usageWatch, createLeftDownWatch(parts, fleet), leftCommands];
  const daemon = { pid: process.pid, startedAt: clock.now(), stateDir: options.stateDir.path };
  let isReady = false;
  let stopping: Promise<void> | undefined;
  const ending = createEnding(parts, fleet, { ...options, isBegun: () => stopping !== undefined });
  let applying: Promise<unknown> = Promise.resolve();
  const watchAll = () => {
    for (const agent of fleet.list()) followProcess(parts, agent, { watch, routing });
    for (const name of fleet.names()) routing.expectWhole(name);
    scaling.refresh();
  };
  const { hearing, lookAtCalls } = followFleet(parts, fleet, { routing, watch, scaling, signals });
  return {
    ...{ clock, core, watchList: parts.watchList, ingest: parts.ingest, agents: fleet },
    ...{ scaling, ...wiringOf(parts, fleet, { reroute: routing.onHealthChange, frozen: lookAtCalls }) },
    views: createViews({ parts, fleet, daemon, isEnding: () => stopping !== undefined, held: scaling.held }),
    isReady: () => isReady && stopping === undefined,
    call: routing.call,
    events: (request) => readEvents(parts, request),
    onEvent: (handler) => hear(bus, handler),
    apply: (actor) => {
      // One after another: each compares with what the one before it left.
      const mine = applying.then(() => applyFile(options, parts, { fleet, scaling, actor, watchAll }));
      applying = mine.catch(() => undefined);
      return mine;
    },
    examine: () => examineDaemon(parts, fleet),
    alertConfig: () => toAlertSettings(parts.loaded().fleet.alerts, parts.notifierTools).delivery,
    ...{ orderProblem: parts.folder.problem, isEnding: () => stopping !== undefined },
    ...{ requestShutdown: ending.request, hurry: ending.hurry },
    takeOverToEnd: () => takeOverToEnd(parts, fleet).then(leftCommands.done),
    start: async () => {
      const found = await startEverything(parts, fleet, options.fleetFile);
      watchAll();
      await bindingWatch.refresh();
      for (const one of timed) one.start();
      isReady = true;
      return found;
    },
    stop: (how) => {
      stopping ??= stopAll(parts, fleet, {
        ...how,
        watches: [watch, bindingWatch, ...timed, parts.carried, routing.firstAnswers, ...closing(scaling)],
        hearing,
        release,
      });
      return stopping;
    },
  };
}

/** Nobody is scaled any more, and calls that wait are told that nobody will take them. */
function closing({ scaler, activation, queue }: Scaling): { stop(): void }[] {
  return [scaler, { stop: activation.close }, { stop: () => queue.close() }];
}

function hear(bus: DaemonParts['bus'], handler: (event: DreamnetEvent) => void): () => void {
  const subscription = bus.subscribe('>', handler);
  return () => subscription.unsubscribe();
}

/** What the interfaces take from the rooms as they are: descriptors, bindings, secrets, logs, budgets. */
function wiringOf(
  parts: DaemonParts,
  fleet: AgentFleet,
  heard: FreezeListener,
): Pick<
  Daemon,
  'groups' | 'starts' | 'linker' | 'secrets' | 'vaultKey' | 'processLogs' | 'budgets' | 'freezes' | 'keeping'
> {
  const { linker, budgets, supervisor: processLogs } = parts;
  const vaultKey = createVaultDesk(parts, fleet);
  const freezes = createFreezeDesk(parts, fleet, heard);
  const groups = createGroupDesk(parts, fleet);
  const secrets = createSecretDesk(parts, fleet);
  const starts = createStartSettling(parts, fleet);
  const keeping = { figures: parts.storeTally.figures, journal: () => parts.bus.stats() };
  return { groups, starts, linker, processLogs, vaultKey, budgets, freezes, secrets, keeping };
}

async function startEverything(
  parts: DaemonParts,
  fleet: AgentFleet,
  fleetFile: FleetInForce,
): Promise<FleetStart> {
  await parts.budgets.open();
  await parts.core.start();
  watchBudgets(parts, parts.loaded().fleet);
  const found = await takeOver(parts, fleet, fleetFile.isReturn);
  await startFleet(parts, fleet, fleetFile.isReturn);
  await parts.ingest.resume();
  // From here on it counts as gone who is not watched.
  parts.core.run(parts.watchList.context());
  await parts.ingest.start();
  // Not before: while the fleet starts, those who serve go first.
  parts.supervisor.allowSpares();
  const { adopted } = found;
  if (!fleetFile.refusal()) fleetFile.take(parts.loaded());
  parts.publish('daemon.started', 'daemon', { version: VERSION, pid: process.pid, adopted });
  return found;
}

interface ApplyTools {
  fleet: AgentFleet;
  scaling: Scaling;
  actor: string;
  watchAll: () => void;
}

/** Reads the fleet file again and carries out what changed; the audit trail has it before it is done. */
async function applyFile(options: DaemonOptions, parts: DaemonParts, tools: ApplyTools): Promise<string[]> {
  const { fleet, scaling, actor, watchAll } = tools;
  const { fleetFile } = options;
  const next = readChange(fleetFile, parts);
  const diff = diffFleets(parts.loaded(), next);
  if (isEmptyDiff(diff)) {
    fleetFile.take(next);
    return rollAgain(parts, fleet);
  }
  const target = fleetFile.path;
  await parts.core.audit.record({ actor, action: 'config.apply', target, details: { ...diff } });
  for (const agent of diff.removedAgents) scaling.leaves(agent);
  const changes = await applyDiff(parts, fleet, { diff, loaded: next, actor });
  fleetFile.take(next);
  watchAll();
  parts.publish('config.applied', 'fleet', { changes });
  return changes;
}

function readChange(fleetFile: FleetInForce, parts: DaemonParts): LoadedFleet {
  try {
    return fleetFile.read();
  } catch (thrown) {
    const { code, message } = DreamnetError.from(thrown);
    parts.publish('config.refused', 'fleet', { code, message });
    throw thrown;
  }
}

interface StopPlan {
  leaveRunning: boolean;
  watches: readonly { stop(): void }[];
  hearing: Subscription;
  release: () => Promise<void>;
}

/** In the reverse order of the start; each step is tried even when an earlier one failed. */
async function stopAll(parts: DaemonParts, fleet: AgentFleet, plan: StopPlan): Promise<void> {
  const { leaveRunning, watches, hearing } = plan;
  parts.publish('daemon.stopping', 'daemon', { reason: leaveRunning ? 'agents go on' : 'with its agents' });
  for (const watch of watches) watch.stop();
  fleet.cancelWaits();
  fleet.close();
  // An agent that ends because we end is no fault: nobody is told of its exit.
  hearing.unsubscribe();
  const steps: (() => Promise<void> | void)[] = [
    () => parts.ingest.stop(),
    () => parts.core.stop(),
    () => parts.supervisor.shutdown({ leaveRunning, steps: stopStepsOf(fleet) }),
    // Whoever could read them has ended.
    () => (leaveRunning ? undefined : parts.secretFiles.clearAll()),
    () => {
      for (const { session } of fleet.list()) session?.reset();
    },
    // The next daemon starts the whole fleet, but for what is frozen.
    () => (leaveRunning ? undefined : fleet.stops.book.remove(stoppedByHand(fleet))),
    () => parts.lateWrites.close(),
    () => parts.budgets.close(),
    () => parts.linker.close(),
    () => parts.bus.close(),
    () => parts.store.close(),
    () => parts.folder.close(),
    plan.release,
  ];
  let first: DreamnetError | undefined;
  for (const step of steps)
    try {
      await step();
    } catch (thrown) {
      first ??= DreamnetError.from(thrown);
    }
  if (first) throw first;
}

function stoppedByHand({ stops }: AgentFleet): string[] {
  return stops.book.list().flatMap(({ agent, freeze }) => (freeze === null ? [agent] : []));
}

/** Every process of an agent, also one that leaves, ends when the agent's turn has come. */
function stopStepsOf(fleet: AgentFleet): string[][] {
  const all = fleet.list();
  return stopSteps(fleet.startPlan()).map((names) =>
    names.flatMap((name) => all.flatMap((one) => (one.agent === name ? [one.name] : []))),
  );
}

async function* readEvents(parts: DaemonParts, request: EventRequest): AsyncIterable<RecordedEvent> {
  const { bus, store } = parts;
  const { pattern, signal } = request;
  let after = request.after === 'latest' ? 0 : request.after;
  if (request.after === 'latest') {
    await bus.flush();
    const [newest] = await store.readJournal('events', { isReversed: true, limit: 1 });
    after = newest?.sequence ?? 0;
  }
  yield* request.isOnce ? bus.replay({ after, pattern }) : bus.follow({ after, pattern, signal });
}
