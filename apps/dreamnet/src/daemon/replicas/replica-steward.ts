import type { TimerHandle } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import type { Replica, ReplicaRecord, RollingFacts } from '@dreamnet/os-linker';
import { isOver, ONLY_SLOT, replicaId, rollOn } from '@dreamnet/os-linker';
import type { LoadedFleet } from '../../config/load.js';
import { type AgentProcesses, DAEMON_ACTOR, type FleetAgent } from '../agent-processes.js';
import type { DaemonParts } from '../parts.js';
import type { ReplicaBook } from './replica-book.js';
import { isNumbered } from './replica-entry.js';
import { endOfTries, isServing, isWorking } from './replica-facts.js';

/** Who wants to know that processes come and go. */
export interface ReplicaListener {
  joined(agent: FleetAgent): void;
  left(id: string): void;
  /** It was about to leave and stays: it may be called again. */
  stays(id: string): void;
  startFailed(agent: string, error: DreamnetError): void;
  /** Somebody was stopped, and stays so. */
  stopped(): void;
}

export interface StewardOptions {
  parts: DaemonParts;
  processes: AgentProcesses;
  book: ReplicaBook;
  /** The fleet file an agent was last taken from. */
  loadedFor: (agent: string) => LoadedFleet | undefined;
  /** Gives ports to those of a record that need one. */
  withPorts: (agent: string, record: ReplicaRecord) => Promise<ReplicaRecord>;
  /** Gives one that is about to start another port when its own is taken. */
  secure: (agent: string, slot: number) => Promise<void>;
  /** Somebody stopped it, or the whole agent: it is not started. */
  isStopped: (id: string) => boolean;
  listeners: ReadonlySet<ReplicaListener>;
}

/** While something is under way it is looked at so often; health changes are looked at when they come. */
const LOOK_EVERY_MS = 100;
/** One that could not be ended is tried again after this. */
const TRY_AGAIN_MS = 5000;

/**
 * Makes what runs agree with the record of each agent, one look after the other: who is in it is started, who leaves it
 * gets no more calls and is ended once it works on none, and a rolling restart takes its next step. Everything it knows
 * is the record and what it sees, so that another one can go on after it was killed at any point.
 */
export class ReplicaSteward {
  readonly #options: StewardOptions;
  readonly #timers = new Map<string, TimerHandle>();
  /** Being started or ended right now. */
  readonly #busy = new Map<string, 'starting' | 'idle' | 'overdue'>();
  readonly #begun = new Set<string>();
  /** Leaving: since when (monotonic ms) it gets no more calls. */
  readonly #uncalled = new Map<string, number>();
  readonly #startErrors = new Map<string, string>();
  readonly #rolling = new Set<string>();
  readonly #held = new Set<string>();
  readonly #bornAt: number;
  #isStopped = false;

  constructor(options: StewardOptions) {
    this.#options = options;
    this.#bornAt = options.parts.clock.now();
  }

  /**
   * Leaves it alone until `release`. While the daemon starts, what runs and what is registered is not yet what the record says,
   * and somebody else is putting that right.
   */
  hold(agent: string): void {
    this.#held.add(agent);
  }

  /** Looks after it from now on. */
  release(agent: string): void {
    this.#held.delete(agent);
  }

  /** It was started, or found running: the steward does not start it again. */
  noteBegun(id: string): void {
    this.#begun.add(id);
    this.#startErrors.delete(id);
  }

  /** Is it being ended right now, past the point where it could stay? */
  isEnding(id: string): boolean {
    const doing = this.#busy.get(id);
    return doing === 'idle' || doing === 'overdue';
  }

  /** Gets it no more calls because it is about to go? */
  isLeaving(agent: string, slot: number): boolean {
    return this.#options.book.get(agent)?.replicas.some((one) => one.slot === slot && one.isLeaving) ?? false;
  }

  /** Looks at an agent now, and again until nothing is under way. */
  settle(agent: string): void {
    const { clock } = this.#options.parts;
    const timer = this.#timers.get(agent);
    if (timer) clock.clearTimeout(timer);
    this.#timers.delete(agent);
    if (this.#isStopped || this.#held.has(agent)) return;
    const record = this.#options.book.get(agent);
    if (record && this.#look(record))
      this.#timers.set(
        agent,
        clock.setTimeout(() => this.settle(agent), LOOK_EVERY_MS),
      );
  }

  /** Forgets what it noted of an agent that is gone. */
  forget(agent: string, ids: readonly string[]): void {
    const timer = this.#timers.get(agent);
    if (timer) this.#options.parts.clock.clearTimeout(timer);
    this.#timers.delete(agent);
    this.#held.delete(agent);
    for (const id of ids) this.#drop(id);
  }

  stop(): void {
    this.#isStopped = true;
    for (const timer of this.#timers.values()) this.#options.parts.clock.clearTimeout(timer);
    this.#timers.clear();
  }

  /** @returns whether it has to be looked at again */
  #look(record: ReplicaRecord): boolean {
    const { agent, replicas, rolling } = record;
    let isUnsettled = false;
    for (const replica of replicas) {
      const id = replicaId(agent, replica.slot);
      if (replica.isLeaving) {
        isUnsettled = true;
        this.#letGo(record, replica, id);
        continue;
      }
      // One that is being ended already is not called again: its place is filled anew.
      if (!this.#busy.has(id) && this.#uncalled.delete(id))
        for (const listener of this.#options.listeners) listener.stays(id);
      if (!this.#begun.has(id) && !this.#options.isStopped(id)) {
        isUnsettled = true;
        if (!this.#busy.has(id)) void this.#begin(record, replica, id);
      }
    }
    if (!rolling || isOver(rolling)) return isUnsettled;
    void this.#roll(agent);
    return true;
  }

  async #begin({ agent }: ReplicaRecord, replica: Replica, id: string): Promise<void> {
    const { processes, book, loadedFor, listeners, parts, secure } = this.#options;
    const loaded = loadedFor(agent);
    if (!loaded || this.#isStopped) return;
    this.#busy.set(id, 'starting');
    this.noteBegun(id);
    try {
      await secure(agent, replica.slot);
      // Somebody may have stopped it while a port was looked for.
      if (this.#options.isStopped(id)) {
        this.#drop(id);
        return;
      }
      const now = book.get(agent)?.replicas.find((one) => one.slot === replica.slot);
      if (!processes.find(id) && now)
        await processes.register(loaded, { agent, slot: now.slot, port: now.port }, DAEMON_ACTOR);
      for (const listener of listeners) listener.joined(processes.get(id));
      await processes.start(id, DAEMON_ACTOR);
    } catch (thrown) {
      const error = DreamnetError.from(thrown);
      this.#startErrors.set(id, error.message);
      if (error.code !== 'DN_AGENT_NOT_STARTED') parts.onTrouble(`${id}: ${error.code}: ${error.message}`);
      for (const listener of listeners) listener.startFailed(agent, error);
    } finally {
      this.#busy.delete(id);
      this.settle(agent);
    }
  }

  /** First the routes, then what is under way, then the process. */
  #letGo(record: ReplicaRecord, { slot }: Replica, id: string): void {
    const { bgp, clock } = this.#options.parts;
    if (this.#busy.has(id)) return;
    const nowMs = clock.monotonic();
    const since = this.#uncalled.get(id);
    if (since === undefined) {
      bgp.withdraw(id, 'all', 'it is about to end');
      this.#uncalled.set(id, nowMs);
      return;
    }
    // Who was chosen before the routes were withdrawn may be called in this very turn: that is over by the next look.
    if (nowMs - since < LOOK_EVERY_MS / 2) return;
    const isIdle = !isWorking(this.#options.parts, id);
    if (isIdle || nowMs - since >= this.#drainMs(record)) void this.#end(record.agent, slot, isIdle);
  }

  /** How long a busy one is waited for: when others are to replace it, not for ever. */
  #drainMs({ agent, rolling }: ReplicaRecord): number {
    if (!rolling || isOver(rolling)) return Number.POSITIVE_INFINITY;
    return this.#options.loadedFor(agent)?.fleet.agents[agent]?.rolling.drainWithin ?? 0;
  }

  async #end(agent: string, slot: number, isIdle: boolean): Promise<void> {
    const { processes, book, listeners, parts } = this.#options;
    const id = replicaId(agent, slot);
    this.#busy.set(id, isIdle ? 'idle' : 'overdue');
    // Before it is gone, so that a rolling restart notes how it ended.
    await this.#roll(agent);
    try {
      // The only process of an agent keeps its bindings and its history: it comes back.
      const isKept = slot === ONLY_SLOT && !this.#isNumbered(agent);
      const reason = isIdle ? 'not needed any more' : 'its time to finish is over';
      await processes.forget(id, DAEMON_ACTOR, { reason, isKept });
      for (const listener of listeners) listener.left(id);
      parts.calls.forget(id);
      parts.bgp.forget(id);
      this.#drop(id);
      await book.change(agent, (record) => {
        // Somebody may have asked for it again meanwhile: then it is started anew.
        if (!record?.replicas.some((one) => one.slot === slot && one.isLeaving)) return record;
        return { ...record, replicas: record.replicas.filter((one) => one.slot !== slot) };
      });
      this.#busy.delete(id);
      this.settle(agent);
    } catch (thrown) {
      parts.onTrouble(`${id}: cannot be ended: ${DreamnetError.from(thrown).message}; it is tried again`);
      parts.clock.setTimeout(() => {
        this.#busy.delete(id);
        this.settle(agent);
      }, TRY_AGAIN_MS);
    }
  }

  /** One step; steps of one agent do not overlap. */
  async #roll(agent: string): Promise<void> {
    if (this.#rolling.has(agent)) return;
    this.#rolling.add(agent);
    const { book, withPorts, parts } = this.#options;
    try {
      const before = book.get(agent)?.rolling;
      const after = await book.change(agent, async (record) => {
        if (!record) return record;
        const next = rollOn(record, this.#factsOf(agent, record));
        return next === record ? record : withPorts(agent, next);
      });
      if (after?.rolling && before && after.rolling !== before) {
        const { index, moves, phase, because } = after.rolling;
        const move = moves[index];
        parts.publish('rolling.changed', agent, {
          ...{ phase, step: index + 1, steps: moves.length },
          replaces: replicaId(agent, move?.from ?? 0),
          by: replicaId(agent, move?.to ?? 0),
          because: because ?? after.rolling.reason,
        });
        // The next step may be possible at once.
        parts.clock.setTimeout(() => this.settle(agent), 0);
      }
    } catch (thrown) {
      parts.onTrouble(`${agent}: the rolling restart waits: ${DreamnetError.from(thrown).message}`);
    } finally {
      this.#rolling.delete(agent);
    }
  }

  #factsOf(agent: string, { rolling }: ReplicaRecord): RollingFacts {
    const { parts, processes, loadedFor } = this.#options;
    const now = parts.clock.now();
    const readyWithinMs = loadedFor(agent)?.fleet.agents[agent]?.rolling.readyWithin ?? 0;
    // What happened while nobody looked is not held against it.
    const since = Math.max(rolling?.phaseSince ?? now, this.#bornAt);
    return {
      now,
      isReady: (slot) => {
        const process = processes.find(replicaId(agent, slot));
        return process !== undefined && isServing(parts, process);
      },
      failure: (slot) => {
        const id = replicaId(agent, slot);
        const refused = this.#startErrors.get(id) ?? endOfTries(parts, id);
        if (refused !== undefined) return refused;
        if (now - since < readyWithinMs) return undefined;
        const readiness = parts.core.health(id)?.axes.readiness;
        return `${id} is not ready after ${readyWithinMs / 1000} s: ${readiness?.reason ?? 'nothing is known of it'}`;
      },
      isEnding: (slot) => {
        const doing = this.#busy.get(replicaId(agent, slot));
        return doing === 'idle' || doing === 'overdue' ? doing : false;
      },
    };
  }

  #isNumbered(agent: string): boolean {
    const entry = this.#options.loadedFor(agent)?.fleet.agents[agent];
    return entry !== undefined && isNumbered(entry);
  }

  #drop(id: string): void {
    this.#begun.delete(id);
    this.#uncalled.delete(id);
    this.#startErrors.delete(id);
  }
}
