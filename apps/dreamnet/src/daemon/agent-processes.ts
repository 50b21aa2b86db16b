import { isDeepStrictEqual } from 'node:util';
import type { ConfigurationProblem, Subsystem } from '@dreamnet/contracts';
import type { DreamnetError } from '@dreamnet/kit';
import { type Refusal, replicaId } from '@dreamnet/os-linker';
import type { LoadedFleet } from '../config/load.js';
import type { AgentEntry } from '../config/schema.js';
import { programError } from '../errors.js';
import { isOfFile, toBindings, toPlan, toProcess } from './agent-plan.js';
import { createAgentSession, isSameConversation } from './agent-sessions.js';
import { createAgentSubsystem, type MemoryPower } from './agent-subsystem.js';
import { lastDeathOf } from './death-signals.js';
import { firstUnkept, recordOrLater } from './late-writes.js';
import { tellAlive } from './liveness-signals.js';
import { memoryShortage } from './memory-allotments.js';
import type { DaemonParts } from './parts.js';
import { entryOfReplica, type ReplicaPlace } from './replicas/replica-entry.js';
import type { AgentSession } from './sessions/session.js';
import { toSpare } from './spare-plan.js';

/** One process of an agent that the daemon takes care of: the agent's only one, or a replica of it. */
export interface FleetAgent {
  /** The id: the agent's name, for a replica with `#` and its number. */
  readonly name: string;
  /** The agent's name in the fleet file. */
  readonly agent: string;
  readonly place: ReplicaPlace;
  /** As it holds for this process. */
  readonly entry: AgentEntry;
  readonly session: AgentSession | undefined;
  /** What keeps it from starting, as last found out. */
  problems: readonly ConfigurationProblem[];
  /** A start that nobody ordered was refused for these, or, without any, it runs: told as gaps, or as their end, at once. Idempotent. */
  noteProblems(problems: readonly ConfigurationProblem[]): void;
}

/** The processes of the fleet by id, and what people and remedies may do to each. */
export interface AgentProcesses {
  get(id: string): FleetAgent;
  find(id: string): FleetAgent | undefined;
  list(): readonly FleetAgent[];
  /** Registers with the Linker, or takes over what changed. Starts nothing. @returns whether one known before runs with something else now */
  register(loaded: LoadedFleet, place: ReplicaPlace, actor: string): Promise<boolean>;
  /** Lets OS Core watch it. Idempotent. */
  watch(id: string): void;
  /** Ends it and forgets it. `isKept`: what is registered and bound stays, for it comes back under the same id. */
  forget(id: string, actor: string, { reason, isKept }: { reason: string; isKept?: boolean }): Promise<void>;
  /** @throws the coded reason when it was refused */
  start(id: string, actor: string): Promise<void>;
  /**
   * Ends it whatever the store says.
   *
   * @param deadlineMs Instead of its own.
   * @returns why what was done is not on disk yet; undefined: it is
   */
  stop(id: string, actor: string, deadlineMs?: number): Promise<string | undefined>;
  restart(id: string, actor: string): Promise<void>;
  /** Is it being ended because we want that? Then its exit is no fault. */
  isEnding(id: string): boolean;
}

/** Who starts the fleet when the daemon does. */
export const DAEMON_ACTOR = 'daemon';
/** How long a process that answers nothing may end by itself before its tree is ended, unless it was given a time of its own. */
const UNRESPONSIVE_DEADLINE_MS = 500;
/** Those by which OS Core says that a process gives no sign of life, though it is there. */
const SILENT_RULES: ReadonlySet<string> = new Set(['suspended', 'heartbeat_missing']);

/** No process yet. @param checkRemedy Throws for one that no remedy may start. */
export function createAgentProcesses(parts: DaemonParts, checkRemedy: (id: string) => void): AgentProcesses {
  return new Processes(parts, checkRemedy);
}

class Processes implements AgentProcesses {
  readonly #agents = new Map<string, FleetAgent>();
  readonly #places = new Map<string, LoadedFleet>();
  readonly #ending = new Set<string>();
  readonly #parts: DaemonParts;
  readonly #checkRemedy: (id: string) => void;

  constructor(parts: DaemonParts, checkRemedy: (id: string) => void) {
    this.#parts = parts;
    this.#checkRemedy = checkRemedy;
  }

  get(name: string): FleetAgent {
    const agent = this.#agents.get(name);
    if (!agent) throw programError('DN_API_NOT_FOUND', { kind: 'agent', name });
    return agent;
  }

  find(name: string): FleetAgent | undefined {
    return this.#agents.get(name);
  }

  list(): readonly FleetAgent[] {
    return [...this.#agents.values()];
  }

  async register(loaded: LoadedFleet, place: ReplicaPlace, actor: string): Promise<boolean> {
    const { linker, clock, supervisor, recoveryOverrides } = this.#parts;
    const declared = loaded.fleet.agents[place.agent];
    if (!declared) throw programError('DN_API_NOT_FOUND', { kind: 'agent', name: place.agent });
    const name = replicaId(place.agent, place.slot);
    const entry = entryOfReplica(declared, place);
    const isKnown = linker.getProcess(name) !== undefined;
    const outcome = await linker.registerProcess(
      toProcess(loaded, name, entry),
      toPlan(loaded, place.agent, this.#withAllotment(name, entry)),
      actor,
    );
    const isBindingChanged = await this.#bind(name, entry, { agent: place.agent, actor });
    supervisor.setSpare(name, toSpare(entry));
    const before = this.#agents.get(name);
    // A conversation over pipes cannot be begun a second time: as long as it need not change, it goes on.
    const isKept = before !== undefined && isSameConversation(before.entry, entry);
    const session = isKept
      ? before.session
      : createAgentSession(name, entry, { clock, processes: supervisor });
    if (!isKept) before?.session?.reset();
    const isWatchedOn = isKept && this.#goesOnToBeWatched(before, entry);
    if (!isWatchedOn) this.#parts.watchList.unwatch(name);
    recoveryOverrides.inherit(name, place.agent);
    const agent: FleetAgent = {
      ...{ name, agent: place.agent, place, entry, session, problems: this.#problemsKept(before) },
      noteProblems: (problems) => this.#noteProblems(agent, problems),
    };
    this.#agents.set(name, agent);
    this.#places.set(name, loaded);
    if (isWatchedOn) this.#parts.watchList.replace(name, this.#subsystemOf(agent, loaded));
    return isKnown && (outcome.change === 'updated' || isBindingChanged);
  }

  watch(name: string): void {
    const { clock, supervisor, watchList, core } = this.#parts;
    const agent = this.get(name);
    const loaded = this.#places.get(name);
    if (!loaded) return;
    const isNew = watchList.get(name) === undefined;
    watchList.watch(name, () => this.#subsystemOf(agent, loaded));
    const supervised = supervisor.get(name);
    const { identity, isAdopted = false } = supervised ?? {};
    if (identity) tellAlive(this.#parts, { name, identity, at: clock.now(), isAdopted });
    // Nothing will be heard of it that would say so: its end was told to an earlier daemon, or before the file changed.
    const death = isNew && !identity ? lastDeathOf(name, supervised, supervisor.groups()) : undefined;
    if (death) core.signal(death);
  }

  async forget(
    name: string,
    actor: string,
    { reason, isKept = false }: { reason: string; isKept?: boolean },
  ): Promise<void> {
    const { linker, supervisor } = this.#parts;
    this.#parts.watchList.unwatch(name);
    if (linker.getProcess(name)) {
      const answer = await linker.stop(name, { reason });
      if (!answer.ok) throw refused(answer);
      if (!isKept) await linker.unregisterProcess(name, actor);
    }
    supervisor.setSpare(name, null);
    supervisor.forget(name);
    this.#agents.get(name)?.session?.reset();
    this.#agents.delete(name);
    this.#places.delete(name);
  }

  async start(name: string, actor: string): Promise<void> {
    const agent = this.get(name);
    await this.#announce('agent.start', name, actor);
    this.watch(name);
    const answer = await this.#parts.linker.start(name, { reason: `start by ${actor}` });
    this.#setProblems(agent, answer.ok ? [] : answer.problems);
    // What is missing is a gap now, not at the next look. A whole fleet that starts well has time for it afterwards.
    if (!answer.ok || actor !== DAEMON_ACTOR) this.#parts.core.lookForGaps(name);
    if (!answer.ok) throw refused(answer);
  }

  async stop(name: string, actor: string, deadlineMs?: number): Promise<string | undefined> {
    const agent = this.get(name);
    const draft = { actor, action: 'agent.stop', target: name };
    const unrecorded = actor === DAEMON_ACTOR ? undefined : await recordOrLater(this.#parts, draft);
    // A stopped agent is not a sick one: it is not watched until somebody starts it again.
    this.#parts.watchList.unwatch(name);
    try {
      const answer = await this.#parts.linker.stop(name, {
        reason: `stop by ${actor}`,
        ...(deadlineMs !== undefined && { deadlineMs }),
      });
      agent.session?.refresh();
      if (!answer.ok) throw refused(answer);
      if (answer.notKept !== undefined) await this.#saveLater(name);
      return firstUnkept([unrecorded, answer.notKept]);
    } catch (thrown) {
      // It goes on, so it is looked after as before.
      this.watch(name);
      throw thrown;
    }
  }

  async restart(name: string, actor: string): Promise<void> {
    this.get(name);
    await this.#announce('agent.restart', name, actor);
    this.watch(name);
    await this.#restart(name, `restart by ${actor}`);
  }

  isEnding(name: string): boolean {
    return this.#ending.has(name);
  }

  async #saveLater(name: string): Promise<void> {
    const { linker, lateWrites } = this.#parts;
    const write = async () => {
      if (linker.getProcess(name)) await linker.saveProcess(name);
    };
    await lateWrites.keep({ what: `the end of ${name}`, write });
  }

  /** What a person or a change of the file does is written down before it is done; the daemon's own start is not news. */
  async #announce(action: string, target: string, actor: string): Promise<void> {
    if (actor !== DAEMON_ACTOR) await this.#parts.core.audit.record({ actor, action, target });
  }

  /** @returns what changed, in words */
  async #restart(name: string, reason: string, deadlineMs?: number): Promise<string> {
    const agent = this.get(name);
    this.#ending.add(name);
    try {
      const answer = await this.#parts.linker.restart(name, {
        reason,
        ...(deadlineMs !== undefined && { deadlineMs }),
      });
      this.#setProblems(agent, answer.ok ? [] : answer.problems);
      this.#parts.core.lookForGaps(name);
      if (!answer.ok) throw refused(answer);
      return `process ${pidOf(answer.previousIdentity)} → ${pidOf(answer.identity)}`;
    } finally {
      agent.session?.refresh();
      this.#ending.delete(name);
    }
  }

  #noteProblems(agent: FleetAgent, problems: readonly ConfigurationProblem[]): void {
    if (isDeepStrictEqual(agent.problems, problems)) return;
    this.#setProblems(agent, problems);
    this.#parts.core.lookForGaps(agent.name);
  }

  /** A reason why its restart is refused is told once, so it is kept while that is tried. */
  #problemsKept(before: FleetAgent | undefined): readonly ConfigurationProblem[] {
    const phase = before && this.#parts.supervisor.get(before.name)?.phase;
    return before && (phase === 'backoff' || phase === 'starting') ? before.problems : [];
  }

  /** An agent that cannot start is a gap in the wiring, not a sick process: it is not asked how it is. */
  #setProblems(agent: FleetAgent, problems: readonly ConfigurationProblem[]): void {
    const wasBlocked = agent.problems.length > 0;
    agent.problems = problems;
    const loaded = this.#places.get(agent.name);
    if (loaded && wasBlocked !== problems.length > 0)
      this.#parts.watchList.replace(agent.name, this.#subsystemOf(agent, loaded));
  }

  #subsystemOf(agent: FleetAgent, loaded: LoadedFleet): Subsystem {
    const { name, entry, session } = agent;
    return createAgentSubsystem({
      name,
      agent: entry,
      session,
      isBlocked: agent.problems.length > 0,
      processes: this.#parts.supervisor,
      carriedCalls: () => this.#parts.carried.of(name),
      probeHost: this.#parts.probeHost(loaded),
      declaredAt: loaded.placeOfKey(['agents'], agent.agent),
      problems: () => this.#placedProblems(agent, loaded),
      restart: async (reason, { isSilent }) => {
        this.#checkRemedy(name);
        return this.#restart(name, reason, this.#deadlineOf(agent, isSilent));
      },
      ...(entry.resources.memory !== undefined && { memory: this.#memoryOf(agent, loaded) }),
    });
  }

  /** What is known of one that does not run is how it ended, which the change does not undo: its incident goes on until it has recovered. */
  #goesOnToBeWatched({ name, entry: before }: FleetAgent, entry: AgentEntry): boolean {
    const { watchList, supervisor } = this.#parts;
    if (watchList.get(name) === undefined || supervisor.get(name)?.identity) return false;
    return isDeepStrictEqual(before.health, entry.health);
  }

  /** What a remedy gives it to end: undefined for as long as the file says. */
  #deadlineOf({ name, entry }: FleetAgent, isSilent: boolean): number | undefined {
    const isSilentOtherwise = SILENT_RULES.has(this.#parts.core.health(name)?.rule ?? '');
    const isShort = (isSilent || isSilentOtherwise) && entry.stop.deadline === undefined;
    return isShort ? UNRESPONSIVE_DEADLINE_MS : undefined;
  }

  /** As the file has it, or with the memory that a remedy gave beyond that. */
  #withAllotment(name: string, entry: AgentEntry): AgentEntry {
    const allotment = this.#parts.allotments.find(name, entry.resources.memory);
    return allotment ? { ...entry, resources: { ...entry.resources, memory: allotment.bytes } } : entry;
  }

  #memoryOf({ name, agent, entry }: FleetAgent, loaded: LoadedFleet): MemoryPower {
    const { allotments, supervisor, linker, clock } = this.#parts;
    const fileBytes = entry.resources.memory;
    return {
      shortage: () => memoryShortage(name, supervisor.get(name), { allotments, fileBytes }),
      give: async (bytes) => {
        this.#checkRemedy(name);
        await allotments.give(name, { bytes, fileBytes, now: clock.now() });
        const plan = toPlan(loaded, agent, this.#withAllotment(name, entry));
        await linker.registerProcess(toProcess(loaded, name, entry), plan, DAEMON_ACTOR);
        return this.#restart(name, `restart with a memory limit of ${String(bytes)} bytes`);
      },
    };
  }

  /** Binds what the file says and takes back what it no longer says. */
  async #bind(
    name: string,
    entry: AgentEntry,
    { agent, actor }: { agent: string; actor: string },
  ): Promise<boolean> {
    const { linker } = this.#parts;
    const before = JSON.stringify(
      linker.listBindings({ processId: name }).map(({ id, config }) => [id, config]),
    );
    const wanted = [...toBindings(name, entry), ...this.#boundByHand(name, agent)];
    const ids = new Set(wanted.map((binding) => binding.id));
    for (const binding of linker.listBindings({ processId: name }))
      if ((isOfFile(binding.id, name) || name !== agent) && !ids.has(binding.id))
        await linker.unbindEnvironment(binding.id, actor);
    for (const binding of wanted) await linker.bindEnvironment(binding, actor);
    const after = JSON.stringify(
      linker.listBindings({ processId: name }).map(({ id, config }) => [id, config]),
    );
    return before !== after;
  }

  /** What was bound by hand to the agent itself holds for the process that stands in for it, too. */
  #boundByHand(name: string, agent: string) {
    if (name === agent) return [];
    return this.#parts.linker
      .listBindings({ processId: agent })
      .filter(({ id }) => !isOfFile(id, agent))
      .map((binding, index) => ({ ...binding, id: `${name}.hand-${index}`, processId: name }));
  }

  /** Problems with the place of the binding in the fleet file: that is where a person looks first. */
  #placedProblems(agent: FleetAgent, loaded: LoadedFleet): readonly ConfigurationProblem[] {
    return agent.problems.map((problem) => ({
      ...problem,
      declaredAt: problem.declaredAt ?? loaded.placeOf(['agents', agent.agent, 'bindings']),
    }));
  }
}

function pidOf(identity: string | null): string {
  return identity?.split(':')[0] ?? 'none';
}

function refused(refusal: Refusal): DreamnetError {
  return programError('DN_AGENT_NOT_STARTED', { reason: refusal.code, message: refusal.message });
}
