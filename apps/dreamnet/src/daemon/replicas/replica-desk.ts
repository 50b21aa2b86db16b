import type { ScaleDecisionView } from '@dreamnet/contracts';
import {
  abandonRolling,
  formatIdentity,
  isOver,
  ONLY_SLOT,
  planRolling,
  type ReplicaRecord,
  replicaId,
  resizeReplicas,
  setByHand,
  withDecision,
  withoutNext,
} from '@dreamnet/os-linker';
import { readMarker } from '@dreamnet/supervisor';
import type { LoadedFleet } from '../../config/load.js';
import { besideProblem, hasPortOfItsOwn } from '../../config/replicas-checks.js';
import type { AgentEntry } from '../../config/schema.js';
import { groupOf } from '../../config/start-plan.js';
import { programError } from '../../errors.js';
import { type AgentProcesses, DAEMON_ACTOR } from '../agent-processes.js';
import { freePort } from '../free-port.js';
import type { DaemonParts } from '../parts.js';
import { findHolders, isFree } from '../port-holders.js';
import { severalAtOnce } from '../several-at-once.js';
import { byFile } from './by-hand.js';
import { createNextRolls } from './next-rolls.js';
import { notReplaced } from './not-replaced.js';
import type { ReplicaBook } from './replica-book.js';
import { declaredReplicas, desiredByFile, isNumbered, isRolling } from './replica-entry.js';
import { isServing } from './replica-facts.js';
import type { ReplicaSteward } from './replica-steward.js';

/** Why an agent gets another number of processes. `isSetByHand`: it holds until it is let go. */
export type NewNumber = Omit<ScaleDecisionView, 'from' | 'to'> & { isSetByHand?: boolean };

/** What decides how many processes an agent has. Everything is stored when it resolves; the steward carries it out. */
export interface ReplicaDesk {
  /** Takes over what the fleet file says. Starts nothing. */
  declare(agent: string, entry: AgentEntry): Promise<ReplicaRecord>;
  /** As `declare` for each of them. */
  declareAll(agents: readonly (readonly [name: string, entry: AgentEntry])[]): Promise<void>;
  /**
   * Sets how many there should be.
   *
   * @throws DN_AGENT_NOT_SCALABLE, DN_AGENT_ROLLING
   */
  resize(agent: string, desired: number, decision: NewNumber): Promise<ReplicaRecord>;
  /** Lets it follow its metric again, from the number it has. */
  letGo(agent: string): Promise<void>;
  /** Begins to replace every process. @throws DN_AGENT_CANNOT_ROLL, DN_AGENT_ROLLING, DN_AGENT_NOT_RUNNING */
  roll(agent: string, how: { reason: string; maxUnavailable?: 0 | 1 | undefined }): Promise<ReplicaRecord>;
  /**
   * As `roll`, for a change that every process is to take over: one under way is not refused, another one follows it.
   *
   * @throws DN_AGENT_CANNOT_ROLL, DN_AGENT_NOT_RUNNING
   */
  rollNext(agent: string, reason: string): Promise<'begun' | 'queued'>;
  /** Begins the one that was to follow under an earlier daemon, if it is still wanted. */
  resumeRolls(agent: string): Promise<void>;
  /** Gives a rolling restart up, and the one that was to follow; what serves goes on. Nothing happens when there is none. */
  abandon(agent: string, because: string): Promise<void>;
  withPorts(agent: string, record: ReplicaRecord): Promise<ReplicaRecord>;
  /** Another port for one that is about to start when somebody else listens on the one it was given. */
  secure(agent: string, slot: number): Promise<void>;
  /** Begins no rolling restart by itself any more. */
  close(): void;
}

export interface DeskOptions {
  parts: DaemonParts;
  processes: AgentProcesses;
  book: ReplicaBook;
  steward: () => ReplicaSteward;
  loadedFor: (agent: string) => LoadedFleet | undefined;
}

/** The desk of one fleet. */
export function createReplicaDesk(options: DeskOptions): ReplicaDesk {
  const next = createNextRolls(options.parts, {
    book: options.book,
    roll: (agent, reason) => roll(options, agent, { reason }),
    isAdopted: ({ agent, replicas }) =>
      replicas.some(({ slot }) => options.parts.supervisor.get(replicaId(agent, slot))?.isAdopted),
  });
  return {
    withPorts: (agent, record) => assignPorts(options, record, entryOf(options, agent)),
    declare: (agent, entry) => declare(options, agent, entry),
    declareAll: (agents) => declareAll(options, agents),
    resize: (agent, desired, decision) => resize(options, { agent, desired, decision }),
    letGo: async (agent) => {
      await change(options.book, agent, (before) => setByHand(before, false));
    },
    roll: (agent, how) => roll(options, agent, how),
    rollNext: next.begin,
    resumeRolls: next.resume,
    abandon: async (agent, because) => {
      await next.drop(agent);
      await abandon(options, agent, because);
    },
    close: next.stop,
    secure: (agent, slot) => secure(options, agent, slot),
  };
}

async function resize(
  options: DeskOptions,
  what: { agent: string; desired: number; decision: NewNumber },
): Promise<ReplicaRecord> {
  const { agent, desired } = what;
  const { isSetByHand = false, ...decision } = what.decision;
  const { parts, book, steward } = options;
  const entry = entryOf(options, agent);
  let from = 0;
  const record = await change(book, agent, async (before) => {
    refuseWhileRolling(before);
    from = staying(before);
    const after = setByHand(resized(options, before, { entry, desired }), isSetByHand);
    if (from === desired) return after;
    return assignPorts(options, withDecision(after, { ...decision, from, to: desired }), entry);
  });
  if (from !== desired) {
    const { at: _, ...told } = decision;
    parts.publish('scale.changed', agent, { ...told, from, to: desired });
  }
  steward().settle(agent);
  return record;
}

async function roll(
  options: DeskOptions,
  agent: string,
  { reason, maxUnavailable }: { reason: string; maxUnavailable?: 0 | 1 | undefined },
): Promise<ReplicaRecord> {
  const { parts, book, steward } = options;
  const entry = entryOf(options, agent);
  const group = groupOf(parts.loaded().fleet.groups, agent);
  if (group !== null && !isNumbered(entry))
    throw programError('DN_AGENT_CANNOT_ROLL', {
      name: agent,
      why: `it is one process in the group '${group}', and nobody there could stand in for it; write 'replicas: 1' and it can`,
    });
  const most = maxUnavailable ?? entry.rolling.maxUnavailable;
  const why = most === 0 ? besideProblem(entry) : undefined;
  if (why !== undefined) throw programError('DN_AGENT_CANNOT_ROLL', { name: agent, why });
  const record = await change(book, agent, (before) => {
    refuseWhileRolling(before);
    const slots = before.replicas.flatMap(({ slot, isLeaving }) => (isLeaving ? [] : [slot]));
    const running = slots.flatMap((slot) => parts.supervisor.get(replicaId(agent, slot))?.identity ?? []);
    if (running.length === 0)
      throw programError('DN_AGENT_NOT_RUNNING', { name: agent, because: 'no process of it runs' });
    const now = parts.clock.now();
    const begin = {
      ...{ index: 0, phase: 'planned' as const, startedAt: now, phaseSince: now },
      before: running.map(formatIdentity),
      ...(notReplaced(before, parts.supervisor).length > 0 && { isRepeated: true }),
    };
    // Whoever is started from now on has everything that is new.
    return { ...withoutNext(before), rolling: { moves: planRolling(slots, most), ...begin, reason } };
  });
  steward().settle(agent);
  return record;
}

async function abandon(options: DeskOptions, agent: string, because: string): Promise<void> {
  const { parts, book, steward } = options;
  const rolling = book.get(agent)?.rolling;
  if (!rolling || isOver(rolling)) return;
  const entry = entryOf(options, agent);
  await change(book, agent, (before) => {
    const given = abandonRolling(before, because, parts.clock.now());
    return given === before ? before : resized(options, given, { entry, desired: given.desired });
  });
  steward().settle(agent);
}

async function secure(options: DeskOptions, agent: string, slot: number): Promise<void> {
  const { book, parts, processes, loadedFor } = options;
  const port = book.get(agent)?.replicas.find((one) => one.slot === slot)?.port ?? null;
  const id = replicaId(agent, slot);
  if (port === null || parts.supervisor.get(id)?.identity || (await isFree('127.0.0.1', port))) return;
  // One that an earlier daemon started in its last moment listens already: it is found when it is launched.
  for (const pid of findHolders(port)) {
    const marker = readMarker(pid);
    if (marker?.instanceId === parts.instanceId && marker.processId === id) return;
  }
  const entry = entryOf(options, agent);
  const record = await change(book, agent, (before) => {
    const replicas = before.replicas.map((one) => (one.slot === slot ? { ...one, port: null } : one));
    return assignPorts(options, { ...before, replicas }, entry);
  });
  const place = record.replicas.find((one) => one.slot === slot);
  const loaded = loadedFor(agent);
  if (place && loaded && processes.find(id))
    await processes.register(loaded, { agent, slot, port: place.port }, DAEMON_ACTOR);
}

/** The record with as many as desired; those that work least go. */
function resized(
  options: DeskOptions,
  before: ReplicaRecord,
  { entry, desired }: { entry: AgentEntry; desired: number },
): ReplicaRecord {
  return resizeReplicas(before, {
    desired,
    isNumbered: isNumbered(entry),
    candidates: candidatesOf(options, before),
    canStay: (slot) => !options.steward().isEnding(replicaId(before.agent, slot)),
  }).record;
}

async function declare(options: DeskOptions, agent: string, entry: AgentEntry): Promise<ReplicaRecord> {
  const { book, parts } = options;
  const record = await book.change(agent, async (known) => {
    const declared = declaredReplicas(entry);
    const desired = desiredByFile(entry, known);
    const before = known ?? { agent, declared, desired, replicas: [], rolling: null, decisions: [] };
    // A rolling restart has one more than desired for a while: it ends as it was begun, unless the number changed.
    if (isRolling(before) && known?.declared === declared) return assignPorts(options, before, entry);
    const calm = abandonRolling(before, 'the fleet file says another number', options.parts.clock.now());
    const isSetByHand = calm.declared === declared && calm.isSetByHand === true;
    const next = setByHand(resized(options, calm, { entry, desired }), isSetByHand);
    const { desired: from } = before;
    if (from === desired) return assignPorts(options, { ...next, declared }, entry);
    const told = byFile(declared);
    parts.publish('scale.changed', agent, { ...told, from, to: desired });
    const decided = withDecision(next, { ...told, at: parts.clock.now(), from, to: desired });
    return assignPorts(options, { ...decided, declared }, entry);
  });
  if (!record) throw programError('DN_API_NOT_FOUND', { kind: 'agent', name: agent });
  return record;
}

/** Those without ports together, in one commit; ports are given out one agent after another, so that none is given twice. */
async function declareAll(
  options: DeskOptions,
  agents: readonly (readonly [name: string, entry: AgentEntry])[],
): Promise<void> {
  const withPorts = agents.filter(([, entry]) => hasPortOfItsOwn(entry));
  const without = agents.filter(([, entry]) => !hasPortOfItsOwn(entry));
  await severalAtOnce(without, without.length, async ([agent, entry]) => {
    await declare(options, agent, entry);
  });
  for (const [agent, entry] of withPorts) await declare(options, agent, entry);
}

/** Each one that needs a port of its own has one; each one that does not has none. */
async function assignPorts(
  { book }: DeskOptions,
  record: ReplicaRecord,
  entry: AgentEntry,
): Promise<ReplicaRecord> {
  const needsOne = hasPortOfItsOwn(entry);
  if (record.replicas.every(({ port }) => (port !== null) === needsOne)) return record;
  const given = new Set(book.ports());
  const replicas: ReplicaRecord['replicas'] = [];
  for (const replica of record.replicas) {
    const port = needsOne ? (replica.port ?? (await freePort(given))) : null;
    if (port !== null) given.add(port);
    replicas.push({ ...replica, port });
  }
  return { ...record, replicas };
}

async function change(
  book: ReplicaBook,
  agent: string,
  act: (before: ReplicaRecord) => ReplicaRecord | Promise<ReplicaRecord>,
): Promise<ReplicaRecord> {
  const record = await book.change(agent, (before) => {
    if (before) return act(before);
    throw programError('DN_API_NOT_FOUND', { kind: 'agent', name: agent });
  });
  if (record) return record;
  throw programError('DN_API_NOT_FOUND', { kind: 'agent', name: agent });
}

function entryOf({ loadedFor }: DeskOptions, agent: string): AgentEntry {
  const entry = loadedFor(agent)?.fleet.agents[agent];
  if (entry) return entry;
  throw programError('DN_API_NOT_FOUND', { kind: 'agent', name: agent });
}

function candidatesOf({ parts, processes }: DeskOptions, { agent, replicas }: ReplicaRecord) {
  return replicas.map(({ slot }) => {
    const process = processes.find(replicaId(agent, slot));
    return {
      slot,
      isReady: process !== undefined && isServing(parts, process),
      inFlight: parts.calls.inFlight(replicaId(agent, slot)),
    };
  });
}

function refuseWhileRolling({ agent, rolling }: ReplicaRecord): void {
  if (!rolling || isOver(rolling)) return;
  const move = rolling.moves[rolling.index];
  throw programError('DN_AGENT_ROLLING', {
    name: agent,
    phase: rolling.phase,
    replica: replicaId(agent, move?.from ?? ONLY_SLOT),
  });
}

function staying({ replicas }: ReplicaRecord): number {
  return replicas.filter(({ isLeaving }) => !isLeaving).length;
}
