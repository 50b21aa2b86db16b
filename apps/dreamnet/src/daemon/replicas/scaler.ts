import type { TimerHandle } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import {
  agentOf,
  decideScale,
  type Recommendation,
  type ReplicaReading,
  type ScalingRule,
  type ScalingSample,
} from '@dreamnet/os-linker';
import type { AgentEntry } from '../../config/schema.js';
import type { AgentFleet } from '../agent-fleet.js';
import type { DaemonParts } from '../parts.js';
import type { PassedOver } from './call-queue.js';
import { isRolling } from './replica-entry.js';
import { isBooting, isServing, isWorking, unsettledGroup } from './replica-facts.js';

/** Follows the metric of every agent that says `scale`. */
export interface Scaler {
  /** Takes over who scales by the fleet file in force, and by what. */
  refresh(): void;
  /** A number that it is to go on from: it counts as what the formula asked for, so that it holds for a window. */
  note(agent: string, desired: number): void;
  stop(): void;
}

interface Follower {
  timer: TimerHandle;
  everyMs: number;
}

/** A reported value older than this many rounds, and than this, says nothing any more. */
const FRESH_ROUNDS = 3;
const FRESH_MS = 60_000;

/** Follows nobody before the first `refresh`. */
export function createScaler(parts: DaemonParts, fleet: AgentFleet, held: (agent: string) => number): Scaler {
  const { clock, onTrouble } = parts;
  const followers = new Map<string, Follower>();
  const past = new Map<string, readonly Recommendation[]>();
  const meter = createCpuMeter(parts);
  const entryOf = (agent: string) => parts.loaded().fleet.agents[agent];
  const idle = createIdleWatch(parts, fleet, held);
  const round = async (agent: string, scale: NonNullable<AgentEntry['scale']>) => {
    const record = fleet.record(agent);
    if (fleet.isStopped(agent) || isRolling(record) || record?.isSetByHand) return idle.beginAnew(agent);
    if (unsettledGroup(parts, agent) !== undefined) return;
    const rule = toRule(scale);
    const sample = sampleOf({ parts, fleet, held, meter }, agent, scale);
    const ids = fleet.idsOf(agent);
    const observation = { at: clock.monotonic(), current: ids.length, sample, idleMs: idle.msOf(agent) };
    const { decision, recommendations } = decideScale(rule, observation, past.get(agent) ?? []);
    past.set(agent, recommendations);
    if (decision.to === decision.from) return;
    await fleet.desk.resize(agent, decision.to, { ...decision, at: clock.now() });
  };
  const follow = (agent: string, everyMs: number) => {
    const next = () =>
      clock.setTimeout(() => {
        const scale = entryOf(agent)?.scale;
        if (!scale) return;
        followers.set(agent, { timer: next(), everyMs });
        round(agent, scale).catch((thrown) => {
          onTrouble(`${agent}: was not scaled: ${DreamnetError.from(thrown).message}`);
        });
      }, everyMs);
    followers.set(agent, { timer: next(), everyMs });
  };
  const unfollow = (agent: string) => {
    const follower = followers.get(agent);
    if (follower) clock.clearTimeout(follower.timer);
    followers.delete(agent);
  };
  return {
    refresh: () => {
      for (const agent of [...followers.keys()]) if (!entryOf(agent)?.scale) unfollow(agent);
      for (const agent of fleet.names()) {
        const everyMs = entryOf(agent)?.scale?.every;
        if (everyMs === undefined || followers.get(agent)?.everyMs === everyMs) continue;
        unfollow(agent);
        follow(agent, everyMs);
      }
    },
    note: (agent, desired) => {
      past.set(agent, [...(past.get(agent) ?? []), { at: clock.monotonic(), desired }]);
    },
    stop: () => {
      for (const agent of [...followers.keys()]) unfollow(agent);
    },
  };
}

/** How long nothing was asked of an agent and nothing was under way. */
interface IdleWatch {
  /** In ms; as long as somebody has been asking this. A process that is booting has had no time to be asked yet. */
  msOf(agent: string): number;
  /** Whatever was before does not count. */
  beginAnew(agent: string): void;
}

function createIdleWatch(parts: DaemonParts, fleet: AgentFleet, held: (agent: string) => number): IdleWatch {
  const { clock, calls } = parts;
  const idleSince = new Map<string, number>();
  const msOf = (agent: string): number => {
    const now = clock.monotonic();
    const isBusy =
      held(agent) > 0 || fleet.idsOf(agent).some((id) => isWorking(parts, id) || isBooting(parts, fleet, id));
    if (isBusy || !idleSince.has(agent)) idleSince.set(agent, now);
    return isBusy ? 0 : Math.min(now - (idleSince.get(agent) ?? now), calls.sinceLastMs(agent));
  };
  return { msOf, beginAnew: (agent) => void idleSince.delete(agent) };
}

/** The rule of the Linker for what the fleet file says. */
function toRule(scale: NonNullable<AgentEntry['scale']>): ScalingRule {
  const { min, max, metric, target, tolerance, up, down } = scale;
  return { min, max, metric, target, tolerance, windows: { upMs: up.window, downMs: down.window } };
}

interface Sampling {
  parts: DaemonParts;
  fleet: AgentFleet;
  held: (agent: string) => number;
  meter: CpuMeter;
}

function sampleOf(
  { parts, fleet, held, meter }: Sampling,
  agent: string,
  { metric, of, every }: NonNullable<AgentEntry['scale']>,
): ScalingSample {
  if (metric === 'queue') return { kind: 'shared', value: held(agent) };
  if (metric === 'demand') return { kind: 'shared', value: held(agent) + meanOf(parts, fleet, agent) };
  const spanMs = Math.max(FRESH_ROUNDS * every, FRESH_MS);
  if (of !== undefined)
    return { kind: 'shared', value: newestOfAll({ parts, fleet }, of, { metric, spanMs }) };
  const measured = (id: string) => {
    if (metric === 'cpu') return meter.cores(id);
    return metric === 'inflight' ? parts.calls.mean(id, 'scaler') : newest(parts, id, { metric, spanMs });
  };
  const replicas = fleet.idsOf(agent).map((id): ReplicaReading => {
    const process = fleet.find(id);
    // Asked for in any case: what is measured between two times needs the first of them.
    const value = measured(id);
    return { id, isReady: process !== undefined && isServing(parts, process), value };
  });
  return { kind: 'each', replicas };
}

/** Calls its processes worked on since the last round, those that leave included: what they do is asked of it, too. */
function meanOf({ calls }: DaemonParts, fleet: AgentFleet, agent: string): number {
  const ids = fleet.list().flatMap((one) => (one.agent === agent ? [one.name] : []));
  return ids.reduce((sum, id) => sum + calls.mean(id, 'scaler'), 0);
}

/** What a subsystem reported; of an agent with replicas what they reported together. */
function newestOfAll(
  { parts, fleet }: Pick<Sampling, 'parts' | 'fleet'>,
  name: string,
  what: { metric: string; spanMs: number },
): number | null {
  const own = newest(parts, name, what);
  if (own !== null || !fleet.isReplicated(name)) return own;
  const values = fleet.idsOf(name).flatMap((id) => newest(parts, id, what) ?? []);
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0);
}

function newest(
  { core, clock }: DaemonParts,
  subject: string,
  { metric, spanMs }: { metric: string; spanMs: number },
): number | null {
  const now = clock.now();
  return core.series.points({ kind: 'metric', subject, metric }, now - spanMs, now + 1).at(-1)?.value ?? null;
}

interface CpuMeter {
  /** Cores used since it was asked for last; null the first time, and while no process runs. */
  cores(id: string): number | null;
}

function createCpuMeter({ supervisor }: DaemonParts): CpuMeter {
  const last = new Map<string, { pid: number; atMs: number; cpuMs: number; cores: number | null }>();
  return {
    cores: (id) => {
      const sample = supervisor.activity(id);
      const pid = supervisor.get(id)?.identity?.pid;
      if (!sample || pid === undefined) {
        last.delete(id);
        return null;
      }
      const before = last.get(id);
      const isSame = before !== undefined && before.pid === pid;
      const spanMs = isSame ? sample.atMs - before.atMs : 0;
      if (isSame && spanMs <= 0) return before.cores;
      const cores = isSame ? (sample.cpuMs - before.cpuMs) / spanMs : null;
      last.set(id, { pid, atMs: sample.atMs, cpuMs: sample.cpuMs, cores });
      return cores;
    },
  };
}

/** Who would serve a capability if it had a process: of agents whose smallest number is 0 and that are not passed over, the longest name. */
export function findSleeper(
  parts: DaemonParts,
  fleet: AgentFleet,
  { capability, passedOver }: { capability: string; passedOver: PassedOver },
) {
  const { agents } = parts.loaded().fleet;
  const found = Object.entries(agents).flatMap(([agent, entry]) => {
    // A freeze is the answer to a call, and starts nobody.
    const isHeldBack =
      passedOver.has(agent) || fleet.isStopped(agent) || parts.budgets.frozen({ agent, capability });
    if (entry.scale?.min !== 0 || isHeldBack) return [];
    if (fleet.idsOf(agent).some((id) => fleet.find(id) && isServing(parts, fleet.get(id)))) return [];
    const names = entry.capabilities.map((one) => (typeof one === 'string' ? one : one.name));
    const matched = names.filter((name) => capability === name || capability.startsWith(`${name}.`));
    const length = Math.max(...matched.map((name) => name.length));
    return matched.length === 0 ? [] : [{ agent: agentOf(agent), length, hold: entry.scale.hold }];
  });
  const [best] = found.sort((left, right) => right.length - left.length);
  return best && { agent: best.agent, limit: best.hold.calls, holdMs: best.hold.for };
}
