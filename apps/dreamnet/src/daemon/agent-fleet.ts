import type { ConfigurationProblem, EnvironmentBinding, StartWait, Subsystem } from '@dreamnet/contracts';
import type { DreamnetError } from '@dreamnet/kit';
import type { Refusal } from '@dreamnet/os-linker';
import type { LoadedFleet } from '../config/load.js';
import type { AgentEntry } from '../config/schema.js';
import { type Prerequisite, type StartPlan, startPlan } from '../config/start-plan.js';
import { programError } from '../errors.js';
import { isOfFile, toBindings, toPlan, toProcess } from './agent-plan.js';
import { createAgentSession, isSameConversation } from './agent-sessions.js';
import { createAgentSubsystem } from './agent-subsystem.js';
import { aliveSignal } from './identity.js';
import type { DaemonParts } from './parts.js';
import type { AgentSession } from './sessions/session.js';
import { createStartGate, type StartGate } from './start-gate.js';
import { startStateOf } from './start-state.js';

/** One agent the daemon takes care of. */
export interface FleetAgent {
  readonly name: string;
  readonly entry: AgentEntry;
  readonly session: AgentSession | undefined;
  /** What keeps it from starting, as last found out. */
  problems: readonly ConfigurationProblem[];
}

/** The agents of the fleet file, and what people and remedies may do to them. */
export interface AgentFleet {
  get(name: string): FleetAgent;
  find(name: string): FleetAgent | undefined;
  list(): readonly FleetAgent[];
  /** Registers with the Linker, or takes over what changed. Starts nothing. @returns whether it must be restarted */
  register(loaded: LoadedFleet, name: string, actor: string): Promise<boolean>;
  /** Lets OS Core watch it. Idempotent. */
  watch(name: string): void;
  forget(name: string, actor: string): Promise<void>;
  /** @throws the coded reason when it was refused */
  start(name: string, actor: string): Promise<void>;
  /**
   * Starts it when what it comes after is ready, or when its time to wait is over; not at all when somebody started,
   * stopped or forgot it meanwhile. @throws as `start`
   */
  startInOrder(name: string, actor: string): Promise<void>;
  /** Must its start wait, as things are now? */
  mustWait(name: string): boolean;
  /** Whom its start waits for. */
  waitOf(name: string): StartWait | undefined;
  /** Something changed that those who wait may have waited for. */
  lookAtWaits(): void;
  /** Nobody is waited for any more; what has not been started is not. */
  cancelWaits(): void;
  /** Who comes after whom, by the file in force. */
  startPlan(): StartPlan;
  stop(name: string, actor: string): Promise<void>;
  restart(name: string, actor: string): Promise<void>;
  bindings(name?: string): readonly EnvironmentBinding[];
  /** Is its process being ended because we want that? Then its exit is no fault. */
  isEnding(name: string): boolean;
}

/** Who starts the fleet when the daemon does. */
export const DAEMON_ACTOR = 'daemon';
/** How long a process that answers nothing may end by itself before its tree is ended. */
const UNRESPONSIVE_DEADLINE_MS = 500;

export function createAgentFleet(parts: DaemonParts): AgentFleet {
  return new Fleet(parts);
}

class Fleet implements AgentFleet {
  readonly #agents = new Map<string, FleetAgent>();
  readonly #places = new Map<string, LoadedFleet>();
  readonly #ending = new Set<string>();
  readonly #parts: DaemonParts;
  readonly #gate: StartGate;
  #plan: { loaded: LoadedFleet; plan: StartPlan } | undefined;

  constructor(parts: DaemonParts) {
    this.#parts = parts;
    const { clock, publish } = parts;
    this.#gate = createStartGate({
      ...{ clock, publish },
      stateOf: (name) => startStateOf(parts, this, name),
      afterOf: (name) => this.#afterOf(name),
    });
  }

  async startInOrder(name: string, actor: string): Promise<void> {
    const { waitFor } = this.get(name).entry.start;
    const { how } = await this.#gate.admit(name, this.#afterOf(name), waitFor);
    if (how !== 'cancelled' && this.find(name)) await this.start(name, actor);
  }

  mustWait(name: string): boolean {
    return this.get(name).entry.start.waitFor > 0 && this.#gate.missing(this.#afterOf(name)).length > 0;
  }

  waitOf(name: string): StartWait | undefined {
    return this.#gate.waitOf(name);
  }

  lookAtWaits(): void {
    this.#gate.look();
  }

  cancelWaits(): void {
    this.#gate.stop();
  }

  startPlan(): StartPlan {
    const loaded = [...this.#places.values()].at(-1) ?? this.#parts.loaded();
    if (this.#plan?.loaded !== loaded) this.#plan = { loaded, plan: startPlan(loaded.fleet) };
    return this.#plan.plan;
  }

  #afterOf(name: string): readonly Prerequisite[] {
    return this.startPlan().after.get(name) ?? [];
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

  async register(loaded: LoadedFleet, name: string, actor: string): Promise<boolean> {
    const { linker, clock, supervisor } = this.#parts;
    const entry = loaded.fleet.agents[name];
    if (!entry) throw programError('DN_API_NOT_FOUND', { kind: 'agent', name });
    const outcome = await linker.registerProcess(
      toProcess(loaded, name, entry),
      toPlan(loaded, name, entry),
      actor,
    );
    const isBindingChanged = await this.#bind(name, entry, actor);
    const before = this.#agents.get(name);
    // A conversation over pipes cannot be begun a second time: as long as it need not change, it goes on.
    const isKept = before !== undefined && isSameConversation(before.entry, entry);
    const session = isKept
      ? before.session
      : createAgentSession(name, entry, { clock, processes: supervisor });
    if (!isKept) before?.session?.reset();
    this.#parts.watchList.unwatch(name);
    this.#agents.set(name, { name, entry, session, problems: [] });
    this.#places.set(name, loaded);
    return outcome.needsRestart || isBindingChanged;
  }

  watch(name: string): void {
    const { clock, core, supervisor, watchList } = this.#parts;
    const agent = this.get(name);
    const loaded = this.#places.get(name);
    if (!loaded) return;
    watchList.watch(name, () => this.#subsystemOf(agent, loaded));
    const identity = supervisor.get(name)?.identity;
    if (identity) core.signal(aliveSignal(name, identity, clock.now()));
  }

  async forget(name: string, actor: string): Promise<void> {
    const { linker, supervisor } = this.#parts;
    this.#gate.cancel(name);
    this.#parts.watchList.unwatch(name);
    await linker.stop(name, { reason: 'no longer in the fleet file' });
    await linker.unregisterProcess(name, actor);
    supervisor.forget(name);
    this.#agents.get(name)?.session?.reset();
    this.#agents.delete(name);
  }

  async start(name: string, actor: string): Promise<void> {
    const agent = this.get(name);
    this.#gate.cancel(name);
    await this.#announce('agent.start', name, actor);
    this.watch(name);
    const answer = await this.#parts.linker.start(name, { reason: `start by ${actor}` });
    this.#setProblems(agent, answer.ok ? [] : answer.problems);
    // What is missing is a gap now, not at the next look.
    this.#parts.core.detectIntegrationGaps({});
    if (!answer.ok) throw refused(answer);
  }

  async stop(name: string, actor: string): Promise<void> {
    const agent = this.get(name);
    this.#gate.cancel(name);
    await this.#announce('agent.stop', name, actor);
    // A stopped agent is not a sick one: it is not watched until somebody starts it again.
    this.#parts.watchList.unwatch(name);
    try {
      const answer = await this.#parts.linker.stop(name, { reason: `stop by ${actor}` });
      agent.session?.refresh();
      if (!answer.ok) throw refused(answer);
    } catch (thrown) {
      // It goes on, so it is looked after as before.
      this.watch(name);
      throw thrown;
    }
  }

  async restart(name: string, actor: string): Promise<void> {
    this.get(name);
    this.#gate.cancel(name);
    await this.#announce('agent.restart', name, actor);
    this.watch(name);
    await this.#restart(name, `restart by ${actor}`);
  }

  bindings(name?: string): readonly EnvironmentBinding[] {
    return this.#parts.linker.listBindings(name === undefined ? {} : { processId: name });
  }

  isEnding(name: string): boolean {
    return this.#ending.has(name);
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
      if (!answer.ok) throw refused(answer);
      return `process ${pidOf(answer.previousIdentity)} → ${pidOf(answer.identity)}`;
    } finally {
      agent.session?.refresh();
      this.#ending.delete(name);
    }
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
      probeHost: this.#parts.probeHost(loaded),
      declaredAt: loaded.placeOfKey(['agents'], name),
      problems: () => this.#placedProblems(agent, loaded),
      restart: (reason) => this.#restart(name, reason, UNRESPONSIVE_DEADLINE_MS),
    });
  }

  /** Binds what the file says and takes back what it no longer says. */
  async #bind(name: string, entry: AgentEntry, actor: string): Promise<boolean> {
    const { linker } = this.#parts;
    const before = JSON.stringify(
      linker.listBindings({ processId: name }).map(({ id, config }) => [id, config]),
    );
    const wanted = toBindings(name, entry);
    const ids = new Set(wanted.map((binding) => binding.id));
    for (const binding of linker.listBindings({ processId: name }))
      if (isOfFile(binding.id, name) && !ids.has(binding.id))
        await linker.unbindEnvironment(binding.id, actor);
    for (const binding of wanted) await linker.bindEnvironment(binding, actor);
    const after = JSON.stringify(
      linker.listBindings({ processId: name }).map(({ id, config }) => [id, config]),
    );
    return before !== after;
  }

  /** Problems with the place of the binding in the fleet file: that is where a person looks first. */
  #placedProblems(agent: FleetAgent, loaded: LoadedFleet): readonly ConfigurationProblem[] {
    return agent.problems.map((problem) => ({
      ...problem,
      declaredAt: problem.declaredAt ?? loaded.placeOf(['agents', agent.name, 'bindings']),
    }));
  }
}

function pidOf(identity: string | null): string {
  return identity?.split(':')[0] ?? 'none';
}

function refused(refusal: Refusal): DreamnetError {
  return programError('DN_AGENT_NOT_STARTED', { reason: refusal.code, message: refusal.message });
}
