import type { DreamnetError } from '@dreamnet/kit';
import { agentOf } from '@dreamnet/os-linker';
import type { LoadedFleet } from '../../config/load.js';
import { programError } from '../../errors.js';
import type { AgentFleet } from '../agent-fleet.js';
import type { DaemonParts } from '../parts.js';
import { type Activation, createActivation } from './activation.js';
import { byHand } from './by-hand.js';
import { type CallQueue, type CallQueueOptions, createCallQueue } from './call-queue.js';
import { firstOf, nextFor } from './call-turn.js';
import { isNumbered } from './replica-entry.js';
import { unsettledGroup } from './replica-facts.js';
import { createScaler, findSleeper, type Scaler } from './scaler.js';
import { goneError, lastEnd, whyNotTried, willNotServe } from './will-not-serve.js';

/** What holds calls that cannot go out yet. */
export interface CallHolding {
  /** Until a first process serves. */
  readonly activation: Activation;
  /** Until a process has room. */
  readonly queue: CallQueue;
}

/** What makes the number of processes follow what is asked of them, and what people may ask of it. */
export interface Scaling extends CallHolding {
  /** Calls of an agent that wait, for whatever reason. */
  held(agent: string): number;
  readonly scaler: Scaler;
  /** Somebody may serve no more: calls that wait for them go on to others, or are told why. */
  lookAtCalls(): void;
  /** A process of it could not be started: who waits for it is told, unless that is tried again. */
  startFailed(agent: string, error: DreamnetError): void;
  /** It is taken out of the fleet: as `lookAtCalls`, before its processes have ended. */
  leaves(agent: string): void;
  /** Takes over the fleet file in force. */
  refresh(): void;
  /**
   * Sets the number of replicas, which holds until the fleet file says another one or limits; `auto` lets it follow its metric again.
   * Zero holds no longer than to the next call. On disk when it resolves.
   *
   * @throws DN_AGENT_NOT_SCALABLE, DN_AGENT_ROLLING
   */
  scale(agent: string, replicas: number | 'auto', actor: string): Promise<void>;
  /** Begins to replace every process without a gap. @throws DN_AGENT_CANNOT_ROLL, DN_AGENT_ROLLING */
  roll(agent: string, maxUnavailable: 0 | 1 | undefined, actor: string): Promise<void>;
}

/** Wires scaling to a fleet; nothing is followed before `scaler.refresh()`. */
export function createScaling(parts: DaemonParts, fleet: AgentFleet): Scaling {
  const { clock, core, bgp, publish } = parts;
  const refusalOf = (agent: string, capability: string) => willNotServe(parts, fleet, { agent, capability });
  const activation = createActivation({
    ...{ clock, publish },
    ...{ refusalOf, lastEnd: (agent) => lastEnd(parts, fleet, agent) },
    sleeperOf: (capability, passedOver) => findSleeper(parts, fleet, { capability, passedOver }),
    isServed: bgp.isServed,
    wake: (agent, capability) => wake(parts, fleet, { agent, capability }),
  });
  const queue = createCallQueue({
    ...{ clock, calls: parts.calls, limitOf: createLimits(parts) },
    isServed: (capability, passedOver) => nextFor(bgp, capability, passedOver) !== undefined,
    refusalOf,
  });
  const held = (agent: string) => activation.held(agent) + queue.waiting(agent);
  const scaler = createScaler(parts, fleet, held);
  const lookAtCalls = () => {
    activation.changed();
    queue.changed();
  };
  return {
    ...{ activation, queue, held, scaler, lookAtCalls },
    startFailed: (agent, error) => {
      lookAtCalls();
      // Launched, and ended at once: it is tried again, and told of when it is given up.
      const isTried = fleet.idsOf(agent).some((id) => parts.supervisor.get(id)?.phase === 'backoff');
      if (!isTried) activation.failed(agent, error);
    },
    leaves: (agent) => {
      activation.failed(agent, goneError(agent));
      queue.failed(agent, goneError(agent));
    },
    refresh: () => {
      scaler.refresh();
      lookAtCalls();
    },
    scale: async (agent, replicas, actor) => {
      checkScale(parts, agent, replicas);
      await core.audit.record({ actor, action: 'agent.scale', target: agent, details: { replicas } });
      if (replicas === 'auto') {
        await fleet.desk.letGo(agent);
        scaler.note(agent, fleet.idsOf(agent).length);
        return;
      }
      const decision = byHand(clock.now(), `scale to ${replicas} by ${actor}`);
      await fleet.desk.resize(agent, replicas, { ...decision, isSetByHand: replicas > 0 });
    },
    roll: async (agent, maxUnavailable, actor) => {
      if (!fleet.record(agent)) throw programError('DN_API_NOT_FOUND', { kind: 'agent', name: agent });
      await core.audit.record({ actor, action: 'agent.roll', target: agent });
      await fleet.desk.roll(agent, { reason: `restart by ${actor}`, maxUnavailable });
    },
  };
}

/** The limit of whoever a call would go to. A fleet without limits is not asked about each call. */
function createLimits({ bgp, loaded }: DaemonParts): CallQueueOptions['limitOf'] {
  let known: { of: LoadedFleet; hasLimits: boolean } | undefined;
  return (capability, passedOver) => {
    const of = loaded();
    if (known?.of !== of) {
      const agents = Object.values(of.fleet.agents);
      known = { of, hasLimits: agents.some(({ maxInFlight }) => maxInFlight !== undefined) };
    }
    if (!known.hasLimits) return undefined;
    const { candidates } = bgp.decide(capability, { isPeek: true });
    const agent = firstOf(candidates, passedOver);
    const entry = agent === undefined ? undefined : of.fleet.agents[agent];
    if (agent === undefined || entry?.maxInFlight === undefined) return undefined;
    const ids = candidates.flatMap(({ provider }) => (agentOf(provider) === agent ? [provider] : []));
    const { calls: most, for: waitMs } = entry.queue;
    return { agent, maxInFlight: entry.maxInFlight, providers: [...new Set(ids)], most, waitMs };
  };
}

/** @throws DN_API_NOT_FOUND, DN_AGENT_NOT_SCALABLE with what to write in the fleet file */
function checkScale(parts: DaemonParts, agent: string, replicas: number | 'auto'): void {
  const entry = parts.loaded().fleet.agents[agent];
  if (!entry) throw programError('DN_API_NOT_FOUND', { kind: 'agent', name: agent });
  const refuse = (why: string) => programError('DN_AGENT_NOT_SCALABLE', { name: agent, why });
  if (replicas === 'auto') {
    if (entry.scale) return;
    throw refuse(`it follows no metric; write 'scale' in the fleet file and apply it`);
  }
  if (!isNumbered(entry))
    throw refuse(
      `it is one process; write 'replicas: ${Math.max(1, replicas)}' in the fleet file and apply it`,
    );
  const { scale } = entry;
  if (scale && (replicas < scale.min || replicas > scale.max))
    throw refuse(`its limits are ${scale.min} to ${scale.max} (scale.min, scale.max)`);
}

/** A first process for an agent that has none. */
async function wake(
  parts: DaemonParts,
  fleet: AgentFleet,
  { agent, capability }: { agent: string; capability: string },
): Promise<void> {
  const ids = fleet.idsOf(agent);
  const [first] = ids;
  if (first !== undefined) {
    const problem = whyNotTried(parts, fleet, first);
    // It was started and cannot run: to wait for it would only take longer to say so.
    if (problem !== undefined) throw programError('DN_AGENT_NOT_RUNNING', { name: first, because: problem });
    fleet.settle(agent);
    return;
  }
  const group = unsettledGroup(parts, agent);
  if (group !== undefined)
    throw programError('DN_AGENT_NOT_RUNNING', {
      name: agent,
      because: `its group '${group}' restarts or gave up`,
    });
  const decision = byHand(parts.clock.now(), `the first call of ${capability}`);
  await fleet.desk.resize(agent, 1, { ...decision, metric: 'calls held', value: 1 });
}
