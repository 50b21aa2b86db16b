import type { EnvironmentBinding, StartWait } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import { agentOf, memberIds, type ReplicaRecord, replicaId } from '@dreamnet/os-linker';
import type { LoadedFleet } from '../config/load.js';
import { groupOf, type StartPlan } from '../config/start-plan.js';
import { programError } from '../errors.js';
import type { AgentFleet } from './agent-fleet-interface.js';
import { capabilitiesOf } from './agent-plan.js';
import {
  type AgentProcesses,
  createAgentProcesses,
  DAEMON_ACTOR,
  type FleetAgent,
} from './agent-processes.js';
import { toGroups } from './group-plan.js';
import { failureOf, firstUnkept } from './late-writes.js';
import { createOrderedStarts, type OrderedStarts } from './ordered-starts.js';
import type { DaemonParts } from './parts.js';
import { byHand } from './replicas/by-hand.js';
import { notReplacedText } from './replicas/not-replaced.js';
import { createReplicaBook, type ReplicaBook } from './replicas/replica-book.js';
import { createReplicaDesk, type ReplicaDesk } from './replicas/replica-desk.js';
import { isNumbered } from './replicas/replica-entry.js';
import { type ReplicaListener, ReplicaSteward } from './replicas/replica-steward.js';
import { createReplicaSubsystem } from './replicas/replica-subsystem.js';
import { severalAtOnce } from './several-at-once.js';
import { createStandingStops, type StandingStops, type StopHow } from './standing-stops.js';

/** They share a commit; more of them would hold the event loop longer at a time (32 take about 15 ms). */
const REGISTERED_AT_ONCE = 32;

export type { AgentFleet } from './agent-fleet-interface.js';
export type { FleetAgent } from './agent-processes.js';
export { DAEMON_ACTOR } from './agent-processes.js';

const nothing = () => undefined;

export function createAgentFleet(parts: DaemonParts): AgentFleet {
  return new Fleet(parts);
}

class Fleet implements AgentFleet {
  readonly desk: ReplicaDesk;
  readonly stops: StandingStops;
  readonly #parts: DaemonParts;
  readonly #processes: AgentProcesses;
  readonly #book: ReplicaBook;
  readonly #steward: ReplicaSteward;
  readonly #order: OrderedStarts;
  readonly #loaded = new Map<string, LoadedFleet>();
  #inForce: LoadedFleet | undefined;
  /** Agents that wait for their turn in a restart of their group. */
  readonly #turns = new Map<string, Promise<boolean>>();
  readonly #listeners = new Set<ReplicaListener>();

  constructor(parts: DaemonParts) {
    this.#parts = parts;
    this.#processes = createAgentProcesses(parts, (id) => this.stops.checkRemedy(id));
    this.#book = createReplicaBook(parts.store, (agent) => this.#regroup(agent));
    const entryOf = (agent: string) => this.#loaded.get(agent)?.fleet.agents[agent];
    this.stops = createStandingStops(parts, entryOf, this.#listeners);
    this.#order = createOrderedStarts(parts, this);
    const loadedFor = (agent: string) => this.#loaded.get(agent);
    const common = { parts, processes: this.#processes, book: this.#book, loadedFor };
    this.desk = createReplicaDesk({ ...common, steward: () => this.#steward });
    this.#steward = new ReplicaSteward({
      ...common,
      withPorts: this.desk.withPorts,
      secure: this.desk.secure,
      isStopped: (id) => this.isStopped(id),
      listeners: this.#listeners,
    });
    this.#listeners.add({
      ...{ joined: nothing, stays: nothing, startFailed: nothing, stopped: nothing },
      // Another one of its number is another process.
      left: (id) => void this.#forgetStop(id),
    });
  }

  async startInOrder(name: string, actor: string): Promise<void> {
    // Until it has been started it is coming: whoever comes after it must not find it idle in between.
    const act = async () => {
      if (this.#loaded.has(name)) await this.start(name, actor);
    };
    await this.#order.inTurn(name, { mark: 'coming', waitForMs: this.#startWaitMs(name), act });
  }

  renewInOrder(name: string, act: () => Promise<void>): Promise<void> {
    return this.#order.inTurn(name, { mark: 'renewed', waitForMs: this.#startWaitMs(name), act });
  }

  expect(agent: string, mark: 'coming' | 'renewed'): () => void {
    return this.#order.expect(agent, mark);
  }

  isComing(agent: string): boolean {
    return this.#order.isComing(agent);
  }

  isRenewed(agent: string): boolean {
    return this.#order.isRenewed(agent);
  }

  waitAnew(agent: string): void {
    this.#order.prolong(agent, this.#startWaitMs(agent));
  }

  renewalWaitOf(agent: string): StartWait | undefined {
    return this.#order.renewalWaitOf(agent);
  }

  mustWait(name: string): boolean {
    return this.#startWaitMs(name) > 0 && this.#order.isMissing(name);
  }

  waitOf(agent: string): StartWait | undefined {
    return this.#order.waitOf(agent);
  }

  lookAtWaits(): void {
    this.#order.look();
  }

  cancelWaits(): void {
    this.#order.stop();
  }

  startPlan(): StartPlan {
    return this.#order.plan(this.#inForce ?? this.#parts.loaded());
  }

  async mayStart(id: string, signal: AbortSignal): Promise<boolean> {
    const agent = agentOf(id);
    const cancel = () => this.#order.cancel(agent);
    signal.addEventListener('abort', cancel);
    await this.#admitOnce(agent);
    signal.removeEventListener('abort', cancel);
    return !this.isStopped(id);
  }

  /** Replicas that have left their group wait side by side: it is one wait, of the agent. */
  #admitOnce(agent: string): Promise<boolean> {
    const turn =
      this.#turns.get(agent) ??
      this.#order.admit(agent, this.#startWaitMs(agent)).finally(() => this.#turns.delete(agent));
    this.#turns.set(agent, turn);
    return turn;
  }

  useOrder(loaded: LoadedFleet): void {
    this.#inForce = loaded;
  }

  #startWaitMs(name: string): number {
    return this.#loaded.get(name)?.fleet.agents[name]?.start.waitFor ?? 0;
  }

  get(id: string): FleetAgent {
    return this.#processes.get(id);
  }

  find(id: string): FleetAgent | undefined {
    return this.#processes.find(id);
  }

  list(): readonly FleetAgent[] {
    return this.#processes.list();
  }

  names(): readonly string[] {
    return [...this.#loaded.keys()];
  }

  namesFor(capability: string): readonly string[] {
    return this.names().filter((name) => {
      const entry = this.#loaded.get(name)?.fleet.agents[name];
      const served = entry ? capabilitiesOf(entry) : [];
      return served.some((one) => capability === one.name || capability.startsWith(`${one.name}.`));
    });
  }

  idsOf(name: string): readonly string[] {
    const record = this.#book.get(name);
    if (!record) return this.#processes.find(name) ? [name] : [];
    return record.replicas.flatMap(({ slot, isLeaving }) => (isLeaving ? [] : [replicaId(name, slot)]));
  }

  readonly membersOf = (agent: string): readonly string[] | undefined => {
    const record = this.#book.get(agent);
    return record && this.isReplicated(agent) ? memberIds(record) : undefined;
  };

  record(agent: string): ReplicaRecord | undefined {
    return this.#book.get(agent);
  }

  isReplicated(agent: string): boolean {
    const entry = this.#loaded.get(agent)?.fleet.agents[agent];
    return entry !== undefined && isNumbered(entry);
  }

  async load(): Promise<void> {
    for (const agent of await this.#book.load())
      this.#parts.onTrouble(`${agent}: what was stored of its replicas cannot be read; it is made anew`);
    for (const agent of await this.stops.book.load())
      this.#parts.onTrouble(
        `${agent}: what was stored of its stop cannot be read; it stays stopped until it is started`,
      );
  }

  async register(loaded: LoadedFleet, name: string, actor: string): Promise<boolean> {
    const entry = loaded.fleet.agents[name];
    if (!entry) throw programError('DN_API_NOT_FOUND', { kind: 'agent', name });
    this.#loaded.set(name, loaded);
    const { replicas } = await this.desk.declare(name, entry);
    let isChanged = false;
    for (const { slot, port } of replicas) {
      const isOther = await this.#processes.register(loaded, { agent: name, slot, port }, actor);
      isChanged ||= isOther;
    }
    return isChanged;
  }

  async registerAll(loaded: LoadedFleet, actor: string): Promise<void> {
    const agents = Object.entries(loaded.fleet.agents);
    for (const [name] of agents) {
      this.#loaded.set(name, loaded);
      this.#steward.hold(name);
    }
    await this.desk.declareAll(agents);
    const places = agents.flatMap(([agent]) =>
      (this.#book.get(agent)?.replicas ?? []).map(({ slot, port }) => ({ agent, slot, port })),
    );
    // Begun in the file's order, which is the order in which agents are preferred for what they serve.
    await severalAtOnce(places, REGISTERED_AT_ONCE, async (place) => {
      await this.#processes.register(loaded, place, actor);
    });
  }

  watch(name: string): void {
    // A stopped agent is not a sick one.
    if (this.isStopped(agentOf(name))) return;
    for (const id of this.idsOf(name)) {
      if (!this.#processes.find(id) || this.isStopped(id)) continue;
      this.#steward.noteBegun(id);
      this.#processes.watch(id);
    }
    this.#watchWhole(agentOf(name));
  }

  async forget(name: string, actor: string): Promise<void> {
    this.#order.cancel(name);
    const ids = this.#processes.list().flatMap((one) => (one.agent === name ? [one.name] : []));
    this.#steward.forget(name, ids);
    this.#parts.watchList.unwatch(name);
    for (const id of ids.length > 0 ? ids : [name]) {
      await this.#processes.forget(id, actor, { reason: 'no longer in the fleet file' });
      for (const listener of this.#listeners) listener.left(id);
    }
    if (name === agentOf(name) || !this.#loaded.has(agentOf(name))) await this.#book.remove(agentOf(name));
    this.#loaded.delete(name);
    await this.stops.book.remove([name, ...ids]);
  }

  async start(name: string, actor: string): Promise<void> {
    const agent = this.#known(name);
    this.stops.checkStart(agent);
    this.#order.cancel(agent);
    const isByDaemon = actor === DAEMON_ACTOR;
    await this.stops.book.remove(isByDaemon ? [agent] : [agent, ...this.idsOf(name)]);
    if (this.isReplicated(name) && this.idsOf(name).length === 0 && !isByDaemon)
      await this.desk.resize(name, 1, byHand(this.#parts.clock.now(), `start by ${actor}`));
    await this.#each(name, async (id) => {
      // One replica that somebody stopped.
      if (isByDaemon && this.isStopped(id)) return;
      this.#steward.noteBegun(id);
      await this.desk.secure(agent, this.#processes.get(id).place.slot);
      for (const listener of this.#listeners) listener.joined(this.#processes.get(id));
      await this.#processes.start(id, actor);
    });
    this.#watchWhole(agent);
    this.settle(agent);
  }

  async stop(name: string, actor: string, { freeze, deadlineMs }: StopHow = {}): Promise<string | undefined> {
    const agent = this.#known(name);
    if (name === agent) this.#order.cancel(agent);
    const unnoted = await this.stops.book.note([
      { agent: name, at: this.#parts.clock.now(), by: actor, freeze: freeze ?? null },
    ]);
    if (name === agent && this.isReplicated(agent)) this.#parts.watchList.unwatch(agent);
    // A rolling restart that cannot be given up goes no further all the same: nobody of a stopped agent is started.
    const unkept = [unnoted, await failureOf(() => this.desk.abandon(agent, `stopped by ${actor}`))];
    await this.#each(name, async (id) => {
      unkept.push(await this.#processes.stop(id, actor, deadlineMs));
    });
    return firstUnkept(unkept);
  }

  async restart(name: string, actor: string): Promise<void> {
    const agent = this.#known(name);
    this.stops.checkStart(agent);
    this.#order.cancel(agent);
    await this.stops.book.remove([agent, ...this.idsOf(name)]);
    await this.#each(name, (id) => this.#processes.restart(id, actor));
    this.#watchWhole(agent);
  }

  bindings(name?: string): readonly EnvironmentBinding[] {
    const { linker } = this.#parts;
    if (name === undefined) return linker.listBindings();
    return this.idsOf(name).flatMap((processId) => linker.listBindings({ processId }));
  }

  isEnding(id: string): boolean {
    return this.#processes.isEnding(id) || this.#steward.isEnding(id);
  }

  isLeaving(id: string): boolean {
    const agent = this.#processes.find(id);
    return agent !== undefined && this.#steward.isLeaving(agent.agent, agent.place.slot);
  }

  settle(name: string): void {
    const agent = agentOf(name);
    // What waits for its turn is not started before it.
    if (!this.#order.waitOf(agent)) this.#steward.settle(agent);
  }

  lookAfter(name: string): void {
    this.#steward.release(name);
    this.settle(name);
    void this.desk.resumeRolls(name);
  }

  isStopped(id: string): boolean {
    return this.stops.isStopped(agentOf(id)) || this.stops.book.get(id) !== undefined;
  }

  hear(listener: ReplicaListener): void {
    this.#listeners.add(listener);
  }

  close(): void {
    this.#steward.stop();
    this.desk.close();
  }

  async #forgetStop(id: string): Promise<void> {
    try {
      await this.stops.book.remove([id]);
    } catch (thrown) {
      this.#parts.onTrouble(
        `${id}: that it was stopped cannot be forgotten: ${DreamnetError.from(thrown).message}`,
      );
    }
  }

  /** Before a process that came is started, and before one that leaves is ended. */
  #regroup(agent: string): void {
    // A rolling restart may be over that somebody waited for.
    this.#order.look();
    const groups = this.#inForce?.fleet.groups;
    if (groups && groupOf(groups, agent) !== null)
      this.#parts.supervisor.setGroups(toGroups(groups, this.membersOf));
  }

  /** The agent a name belongs to. @throws DN_API_NOT_FOUND */
  #known(name: string): string {
    if (this.#book.get(name)) return name;
    return this.#processes.get(name).agent;
  }

  /** All at once, but those the steward is yet to begin; the first refusal is told when all have answered. */
  async #each(name: string, act: (id: string) => Promise<void>): Promise<void> {
    const ids = this.idsOf(name).filter((id) => this.#processes.find(id));
    const outcomes = await Promise.allSettled(ids.map(act));
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  /** Beside its replicas the agent itself is watched, for whoever depends on it. */
  #watchWhole(agent: string): void {
    const loaded = this.#loaded.get(agent);
    const entry = loaded?.fleet.agents[agent];
    if (!loaded || !entry || !isNumbered(entry) || this.isStopped(agent)) return;
    this.#parts.watchList.watch(agent, () =>
      createReplicaSubsystem({
        ...{ parts: this.#parts, entry },
        declaredAt: loaded.placeOfKey(['agents'], agent),
        replicas: () => this.idsOf(agent).flatMap((id) => this.#processes.find(id) ?? []),
        desired: () => this.#book.get(agent)?.desired ?? 0,
        notReplaced: () => {
          const record = this.#book.get(agent);
          return record && notReplacedText(record, this.#parts.supervisor);
        },
      }),
    );
  }
}
