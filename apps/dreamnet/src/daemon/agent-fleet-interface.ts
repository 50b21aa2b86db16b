import type { EnvironmentBinding, StartWait } from '@dreamnet/contracts';
import type { ReplicaRecord } from '@dreamnet/os-linker';
import type { LoadedFleet } from '../config/load.js';
import type { StartPlan } from '../config/start-plan.js';
import type { FleetAgent } from './agent-processes.js';
import type { ReplicaDesk } from './replicas/replica-desk.js';
import type { ReplicaListener } from './replicas/replica-steward.js';
import type { StandingStops, StopHow } from './standing-stops.js';

/**
 * The agents of the fleet file, and what people and remedies may do to them. What takes a name takes that of an agent,
 * which stands for all its processes, or the id of one replica.
 */
export interface AgentFleet {
  /** One process. @throws DN_API_NOT_FOUND */
  get(id: string): FleetAgent;
  find(id: string): FleetAgent | undefined;
  /** Every process. */
  list(): readonly FleetAgent[];
  /** Names of the fleet file, in its order. */
  names(): readonly string[];
  /** Agents of the file that serve a capability, be there a process of them or not. */
  namesFor(capability: string): readonly string[];
  /** The processes a name stands for, without those that leave; none when nobody has the name. */
  idsOf(name: string): readonly string[];
  /**
   * The numbered processes that are the agent as a member of its group: without those that leave, and without one that a rolling
   * restart has started and that does not serve yet. Undefined when its processes have no numbers.
   */
  readonly membersOf: (agent: string) => readonly string[] | undefined;
  /** How many processes an agent has; undefined when nobody has the name. */
  record(agent: string): ReplicaRecord | undefined;
  /** Are its processes numbered? */
  isReplicated(agent: string): boolean;
  /** Reads what is stored of replicas. First of all. */
  load(): Promise<void>;
  /** Registers with the Linker, or takes over what changed. Starts nothing. @returns whether a process known before runs with something else now */
  register(loaded: LoadedFleet, name: string, actor: string): Promise<boolean>;
  /**
   * As `register` for every agent of a file, with few commits for all of them. Each is left alone until `lookAfter`.
   *
   * @throws what the first refusal says
   */
  registerAll(loaded: LoadedFleet, actor: string): Promise<void>;
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
  /**
   * Gives an agent new processes, by `act`, when what it comes after is ready, or when its time to wait is over; those it has go on
   * until then. Not at all when somebody started, restarted, stopped or forgot it meanwhile. @throws what `act` does
   */
  renewInOrder(name: string, act: () => Promise<void>): Promise<void>;
  /** Whoever comes after it waits from now on, for its start or for its new processes. @returns what takes that back */
  expect(agent: string, mark: 'coming' | 'renewed'): () => void;
  /** Are its processes about to be replaced because the fleet file changed, or being so? */
  isRenewed(agent: string): boolean;
  /** The limit of its wait counts anew, when it waits: the fleet file says something else of it. */
  waitAnew(agent: string): void;
  /** Whom an agent waits for whose processes run until they are replaced. */
  renewalWaitOf(agent: string): StartWait | undefined;
  /** Was its start begun in order, and is not over yet? It may wait for others. */
  isComing(agent: string): boolean;
  /** Must its start wait, as things are now? */
  mustWait(name: string): boolean;
  /** Whom the start of an agent waits for that has no process. */
  waitOf(agent: string): StartWait | undefined;
  /** Something changed that those who wait may have waited for. */
  lookAtWaits(): void;
  /** Nobody is waited for any more; what has not been started is not. */
  cancelWaits(): void;
  /** Who comes after whom, by the file in force. */
  startPlan(): StartPlan;
  /** Resolves when a process may start: its turn has come, its time to wait is over, or somebody decided otherwise. @returns false when somebody stopped it */
  mayStart(id: string, signal: AbortSignal): Promise<boolean>;
  /** Takes over a fleet file's order of starts. */
  useOrder(loaded: LoadedFleet): void;
  /**
   * It stays so, also with the next daemon after a crash, until somebody starts it. It ends whatever the store says.
   *
   * @returns why the next daemon after a crash would not know of it, or the audit trail does not; undefined: all is on disk
   */
  stop(name: string, actor: string, how?: StopHow): Promise<string | undefined>;
  readonly stops: StandingStops;
  restart(name: string, actor: string): Promise<void>;
  bindings(name?: string): readonly EnvironmentBinding[];
  /** Is its process being ended because we want that? Then its exit is no fault. */
  isEnding(id: string): boolean;
  /** Is it about to end, so that it gets no more calls? */
  isLeaving(id: string): boolean;
  /** Starts who is missing, ends who leaves, goes on with what was begun. */
  settle(name: string): void;
  /** From now on what the record of an agent says is made so: what the start of the daemon did for it is done. */
  lookAfter(name: string): void;
  /** Was it, an agent or one replica, stopped by somebody, so that nothing starts it by itself? */
  isStopped(id: string): boolean;
  readonly desk: ReplicaDesk;
  hear(listener: ReplicaListener): void;
  close(): void;
}
