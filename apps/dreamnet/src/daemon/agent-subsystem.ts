import type {
  CarriedCalls,
  ConfigurationProblem,
  LocalProcessHost,
  Probe,
  ProcessIdentity,
  ResourceShortage,
  SourcePlace,
  StatusAnswer,
  Subsystem,
  SubsystemManifest,
} from '@dreamnet/contracts';
import { formatIdentity } from '@dreamnet/os-linker';
import type { AgentEntry } from '../config/schema.js';
import type { ProbeHost } from '../probes/probe-kind.js';
import { createProbe } from '../probes/probe-schema.js';
import { capabilitiesOf } from './agent-plan.js';
import { guardProbe } from './agent-sessions.js';
import { readLiveness } from './liveness-watch.js';
import type { AgentSession } from './sessions/session.js';

export interface AgentSubsystemOptions {
  name: string;
  agent: AgentEntry;
  session: AgentSession | undefined;
  /** It cannot start as things are: nothing is asked or expected of it but what is missing, unless a process of it still runs. */
  isBlocked: boolean;
  processes: LocalProcessHost;
  /** Of the calls that the daemon carries to it. */
  carriedCalls: () => CarriedCalls | undefined;
  probeHost: ProbeHost;
  declaredAt: SourcePlace;
  /** What keeps it from starting, as last found out. */
  problems: () => readonly ConfigurationProblem[];
  /**
   * Ends it and starts it anew; answers what changed. @throws a coded error when that was refused
   *
   * @param seen `isSilent`: it was asked, and gave no answer at all to the last question.
   */
  restart: (reason: string, seen: { isSilent: boolean }) => Promise<string>;
  /** Of an agent with a limit of memory. */
  memory?: MemoryPower;
}

/** What can be known and done about an agent's limit of memory. */
export interface MemoryPower {
  /** While it is down because that limit was reached. */
  shortage: () => ResourceShortage | undefined;
  /** Starts it anew with another limit; answers what changed. @throws DN_AGENT_ALLOTMENT_REFUSED and as `restart` */
  give: (bytes: unknown) => Promise<string>;
}

/**
 * Of what has no protocol its process is all that is known, and who watches that tells of every change at once: this look only
 * confirms it. At the usual pace it was half of what 200 such agents cost in peace.
 */
const OWN_LOOK_MS = 30_000;

/** An agent as OS Core sees it: what it declares, how it is asked, and what can be done to it. */
export function createAgentSubsystem(options: AgentSubsystemOptions): Subsystem {
  const { name, agent, session, processes } = options;
  const { readiness } = agent.health;
  const readyWithinMs = agent.start.readyWithin;
  const identity = () => {
    const supervised = processes.get(name);
    return supervised?.identity ? formatIdentity(supervised.identity) : undefined;
  };
  const declaredProbe =
    agent.health.probe &&
    createProbe(agent.health.probe, { ...options.probeHost, timeoutMs: readiness.timeout });
  const asked = declaredProbe ?? session?.probe;
  const probe = asked && noteSilence(guardProbe(name, asked, processes));
  const isDown = options.isBlocked && identity() === undefined;
  const declared: Subsystem = { manifest: manifestOf(options, isDown), problems: options.problems };
  if (isDown) return declared;
  return {
    ...declared,
    identity,
    activity: () => processes.activity(name),
    carriedCalls: options.carriedCalls,
    restart: async (reason) => {
      const details = await options.restart(reason, { isSilent: probe?.isSilent() ?? false });
      return { ok: true, details };
    },
    probeSchedule: { readyWithinMs },
    ...(options.memory && memoryPowers(options.memory)),
    ...(probe && {
      probe: probe.ask,
      probeSchedule: {
        readyWithinMs,
        everyMs: readiness.every,
        timeoutMs: readiness.timeout,
        rise: readiness.rise,
        fall: readiness.fall,
      },
    }),
    ...(agent.protocol === 'none' &&
      probe === undefined && {
        status: () => statusOf(processes.get(name)?.identity),
        probeSchedule: { everyMs: OWN_LOOK_MS, readyWithinMs },
      }),
  };
}

/** A probe that remembers whether its last question got any answer, be it a bad one. */
function noteSilence(probe: Probe): { ask: Probe; isSilent: () => boolean } {
  let isAnswered = true;
  const ask: Probe = async (signal) => {
    let answered = false;
    try {
      const result = await probe(signal);
      answered = result.isAnswered ?? result.ok;
      return result;
    } finally {
      isAnswered = answered;
    }
  };
  return { ask, isSilent: () => !isAnswered };
}

/** Of what cannot be asked. Whether it is a fault that nothing runs is for liveness to say: before the first start it is none. */
function statusOf(identity: ProcessIdentity | null | undefined): StatusAnswer {
  if (!identity) return { status: 'unknown', details: 'no process runs' };
  const { state } = readLiveness(identity);
  return state === 'alive'
    ? { status: 'ok', details: 'the process lives; it has no protocol to be asked by' }
    : { status: 'unknown', details: `its process is ${state}` };
}

function memoryPowers({ shortage, give }: MemoryPower): Pick<Subsystem, 'shortage' | 'configure'> {
  return {
    shortage,
    configure: async ({ resources, ...rest }) => {
      const isMemory = typeof resources === 'object' && resources !== null && 'memory' in resources;
      if (!isMemory || Object.keys(resources).length > 1 || Object.keys(rest).length > 0)
        return { ok: false, details: 'only resources.memory can be configured' };
      return { ok: true, details: await give(resources.memory) };
    },
  };
}

function manifestOf({ agent, declaredAt }: AgentSubsystemOptions, isDown: boolean): SubsystemManifest {
  const { progress, heartbeat } = agent.health;
  return {
    domain: agent.domain,
    weight: agent.weight,
    dependsOn: agent.dependsOn,
    provides: capabilitiesOf(agent).map((capability) => capability.name),
    needs: agent.needs,
    stallAfterMs: progress.stallAfter,
    loopAfter: progress.loopAfter,
    ...(agent.indicators.length > 0 && { indicators: agent.indicators }),
    declaredAt,
    ...(agent.protocol === 'heartbeat' && !isDown && { heartbeat: { ttlMs: heartbeat.ttl } }),
  };
}
