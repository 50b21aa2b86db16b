import type { AxisView, PsEntry, ReplicaView, ScaleView } from '@dreamnet/contracts';
import { isBeside, isOver, type ReplicaRecord, replicaId } from '@dreamnet/os-linker';
import { resolveCommand } from '../../config/checks.js';
import type { AgentEntry } from '../../config/schema.js';
import { groupOf } from '../../config/start-plan.js';
import { programError } from '../../errors.js';
import type { AgentDescription } from '../../http/views.js';
import type { AgentFleet } from '../agent-fleet.js';
import { toProcess } from '../agent-plan.js';
import type { DaemonParts } from '../parts.js';
import { notReplaced } from './not-replaced.js';
import { isServing } from './replica-facts.js';

/** What is needed to show an agent with its replicas. */
export interface ReplicaSources {
  parts: DaemonParts;
  fleet: AgentFleet;
  /** Calls that wait. */
  held: (agent: string) => number;
  isEnding: () => boolean;
  entryOf: (id: string) => PsEntry;
}

/** How many processes an agent has, what decides that, and what was decided last. @throws DN_API_NOT_FOUND */
export function toScaleView(sources: ReplicaSources, name: string): ScaleView {
  const { parts, fleet, held } = sources;
  const record = fleet.record(name);
  const entry = parts.loaded().fleet.agents[name];
  if (!record || !entry) throw programError('DN_API_NOT_FOUND', { kind: 'agent', name });
  const { scale } = entry;
  const replicas = record.replicas.map((replica) => toReplicaView(sources, name, replica));
  return {
    agent: name,
    desired: record.desired,
    serving: replicas.filter(({ isServing: serves }) => serves).length,
    isReplicated: fleet.isReplicated(name),
    isSetByHand: scale !== undefined && record.isSetByHand === true,
    isStopped: fleet.isStopped(name),
    held: held(name),
    maxInFlight: entry.maxInFlight ?? null,
    rule: scale
      ? {
          ...{ min: scale.min, max: scale.max, metric: scale.metric, of: scale.of ?? null },
          ...{ target: scale.target, tolerance: scale.tolerance, everyMs: scale.every },
          ...{ upWindowMs: scale.up.window, downWindowMs: scale.down.window },
        }
      : null,
    replicas,
    rolling: rollingView(record, parts),
    decisions: record.decisions,
  };
}

function rollingView(record: ReplicaRecord, { supervisor }: DaemonParts): ScaleView['rolling'] {
  const { agent, rolling } = record;
  const move = rolling?.moves[rolling.index];
  if (!rolling || !move) return null;
  return {
    phase: rolling.phase,
    isOver: isOver(rolling),
    step: rolling.index + 1,
    steps: rolling.moves.length,
    replaces: replicaId(agent, move.from),
    by: replicaId(agent, move.to),
    maxUnavailable: isBeside(rolling) ? 0 : 1,
    startedAt: rolling.startedAt,
    reason: rolling.reason,
    because: rolling.because ?? null,
    notReplaced: notReplaced(record, supervisor),
  };
}

function toReplicaView(
  { parts, fleet, isEnding }: ReplicaSources,
  name: string,
  { slot, port, isLeaving }: ReplicaRecord['replicas'][number],
): ReplicaView {
  const id = replicaId(name, slot);
  const process = fleet.find(id);
  const supervised = parts.supervisor.get(id);
  return {
    id,
    pid: supervised?.identity?.pid ?? null,
    phase: supervised?.phase ?? 'idle',
    isServing: process !== undefined && !isLeaving && !isEnding() && isServing(parts, process),
    isLeaving,
    inFlight: parts.calls.inFlight(id),
    port,
    problems: process?.problems.map(({ description }) => description) ?? [],
  };
}

/** An agent with numbered replicas as one line of `ps`: the best of each axis, and why not all. */
export function toWholeEntry(sources: ReplicaSources, name: string): PsEntry {
  const { parts, fleet, entryOf } = sources;
  const entry: AgentEntry | undefined = parts.loaded().fleet.agents[name];
  if (!entry) throw programError('DN_API_NOT_FOUND', { kind: 'agent', name });
  const view = toScaleView(sources, name);
  const replicas = fleet
    .idsOf(name)
    .flatMap((id) => (fleet.find(id) && parts.linker.getProcess(id) ? [entryOf(id)] : []));
  const statuses = new Set(replicas.map(({ status }) => status));
  const status = (['running', 'pending', 'error'] as const).find((one) => statuses.has(one)) ?? 'stopped';
  const old = view.rolling?.notReplaced ?? [];
  const lack = old.length === 0 ? '' : `; not replaced by a rolling restart that stopped: ${old.join(', ')}`;
  const summary = `${view.serving} of ${view.desired} replicas serve${lack}`;
  const starts = replicas.flatMap(({ startedAt }) => (startedAt === null ? [] : [startedAt]));
  const waitsFor = fleet.waitOf(name) ?? null;
  const health = { of: replicas.map((one) => one.health), summary };
  const first = replicas.find(({ phase }) => phase === 'running') ?? replicas[0];
  return {
    ...toProcess(parts.loaded(), name, entry),
    status: waitsFor ? ('pending' as const) : status,
    pid: null,
    startedAt: starts.length === 0 ? null : Math.min(...starts),
    restarts: replicas.reduce((sum, { restarts }) => sum + restarts, 0),
    phase: waitsFor ? 'waiting' : (first?.phase ?? 'idle'),
    nextAttemptAt: null,
    waitsFor,
    group: groupOf(parts.loaded().fleet.groups, name),
    isAdopted: false,
    usage: null,
    notEnforced: [...new Set(replicas.flatMap(({ notEnforced }) => notEnforced))],
    replicas: { desired: view.desired, serving: view.serving, isScaled: view.rule !== null },
    health: {
      liveness: best(health, 'liveness', ['alive', 'suspended', 'dead']),
      readiness: best(health, 'readiness', ['ready', 'not_ready']),
      progress: best(health, 'progress', ['moving', 'idle', 'looping', 'stuck']),
    },
  };
}

/** The best that one of them has; of several the summary is the reason. */
function best<A extends keyof PsEntry['health']>(
  health: { of: readonly PsEntry['health'][]; summary: string },
  axis: A,
  order: readonly PsEntry['health'][A]['state'][],
): PsEntry['health'][A] {
  const views = health.of.map((one) => one[axis] as AxisView<string>);
  const found = order.flatMap((state) => views.find((one) => one.state === state) ?? [])[0];
  const reason = views.length === 0 ? 'no replica is needed now' : health.summary;
  const view: AxisView<string> = found
    ? { ...found, reason: views.length === 1 ? found.reason : reason }
    : { state: 'unknown', reason, ageMs: 0 };
  return view as PsEntry['health'][A];
}

/** `describe` of an agent with replicas: what holds for all of them, and how many there are. */
export async function describeWhole(sources: ReplicaSources, name: string): Promise<AgentDescription> {
  const { parts, fleet } = sources;
  const entry = parts.loaded().fleet.agents[name];
  if (!entry) throw programError('DN_API_NOT_FOUND', { kind: 'agent', name });
  const ids = fleet.idsOf(name);
  const [first] = ids;
  const { command, cwd } = resolveCommand(parts.loaded(), name, entry);
  const exits = ids.flatMap((id) => parts.supervisor.get(id)?.lastExit ?? []);
  return {
    agent: toWholeEntry(sources, name),
    ...{ command, cwd, runtime: entry.runtime, protocol: entry.protocol },
    runtimeChoice: first === undefined ? null : await parts.linker.explainChoice(first),
    endpoint: entry.endpoint ?? null,
    session: { isOpen: ids.some((id) => fleet.find(id)?.session?.view().isOpen), details: {} },
    bindings: first === undefined ? [] : fleet.bindings(first),
    problems: [],
    dependsOn: entry.dependsOn,
    scale: toScaleView(sources, name),
    lastExit: exits.sort((left, right) => left.at - right.at).at(-1) ?? null,
    history: [],
  };
}
