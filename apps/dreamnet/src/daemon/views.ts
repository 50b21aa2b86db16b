import type {
  AxisReading,
  AxisView,
  PsEntry,
  RouteDecision,
  ScaleView,
  StartWait,
  StatusView,
  SubsystemView,
  SupervisedProcess,
} from '@dreamnet/contracts';
import { DOMAIN_FACTORS } from '@dreamnet/contracts';
import { resolveCommand } from '../config/checks.js';
import { groupOf } from '../config/start-plan.js';
import { programError } from '../errors.js';
import type { AgentDescription, ProcessStop } from '../http/views.js';
import type { AgentFleet, FleetAgent } from './agent-fleet.js';
import { capabilitiesOf } from './agent-plan.js';
import { asEnding } from './ending-view.js';
import type { DaemonParts } from './parts.js';
import { describeWhole, toScaleView, toWholeEntry } from './replicas/replica-views.js';
import { whyStopped } from './standing-stops.js';
import { toldStart } from './told-start.js';
import { countStatuses, pickSubsystems, type WorstOnly, worstTerms } from './worst.js';

/** What the daemon knows, in the shapes of its HTTP interface. Reads only. */
export interface Views {
  /** @param only Given: the worst subsystems and terms; else all of them. */
  status(only?: WorstOnly): StatusView;
  agents(): PsEntry[];
  /** @throws DN_API_NOT_FOUND */
  agent(name: string): PsEntry;
  describe(name: string): Promise<AgentDescription>;
  /** How the processes of a name were stopped. @param since Epoch ms: older stops are not meant. */
  stops(name: string, since: number): ProcessStop[];
  /** How many processes an agent has, and why. @throws DN_API_NOT_FOUND */
  scale(name: string): ScaleView;
  subsystems(): SubsystemView[];
  routes(): RouteDecision[];
  route(capability: string): RouteDecision;
}

export interface ViewSources {
  parts: DaemonParts;
  fleet: AgentFleet;
  daemon: { pid: number; startedAt: number; stateDir: string };
  /** Calls that wait. */
  held: (agent: string) => number;
  /** Does the daemon end? Then nobody is asked how it is, and nobody is routed to. */
  isEnding: () => boolean;
}

const HISTORY_LENGTH = 50;
const UNKNOWN = { state: 'unknown', reason: 'not watched', ageMs: 0 } as const;

export function createViews(sources: ViewSources): Views {
  const { parts, fleet } = sources;
  const { clock } = parts;
  // Made when the daemon begins; a clock that is set meanwhile makes no daemon younger.
  const startedMs = clock.monotonic();
  const viewOf = (agent: FleetAgent) => {
    const entry = toPsEntry(parts, fleet, agent);
    return sources.isEnding() ? asEnding(entry, agent.problems.length > 0) : entry;
  };
  const replicas = { ...sources, entryOf: (id: string) => viewOf(fleet.get(id)) };
  const isWhole = (name: string) => fleet.isReplicated(name);
  const wholeOf = (name: string) => toWholeEntry(replicas, name);
  // One that is being forgotten is not registered any more: the others are listed all the same.
  const isListed = ({ name }: FleetAgent) => parts.linker.getProcess(name) !== undefined;
  const partsOf = (name: string) =>
    fleet.list().flatMap((one) => (one.agent === name && isListed(one) ? [viewOf(one)] : []));
  const scaleOf = (name: string) => (fleet.record(name) ? toScaleView(replicas, name) : null);
  return {
    status: (only) => toStatusView(sources, only ?? {}, clock.monotonic() - startedMs),
    agents: () =>
      fleet.names().flatMap((name) => (isWhole(name) ? [wholeOf(name), ...partsOf(name)] : partsOf(name))),
    agent: (name) => (isWhole(name) ? wholeOf(name) : viewOf(fleet.get(name))),
    describe: (name) =>
      isWhole(name)
        ? describeWhole(replicas, name)
        : toDescription(parts, fleet, { agent: fleet.get(name), scale: scaleOf(name) }),
    stops: (name, since) =>
      fleet.idsOf(name).map((id) => {
        const stop = parts.supervisor.get(id)?.lastExit?.stop;
        return { id, stop: stop && stop.at >= since ? stop : null };
      }),
    scale: (name) => toScaleView(replicas, name),
    subsystems: () => toSubsystemViews(parts, fleet),
    routes: () =>
      [...new Set(capabilityNames(parts, fleet))]
        .sort()
        .map((capability) => parts.bgp.decide(capability, { isPeek: true })),
    route: (capability) => parts.bgp.decide(capability, { isPeek: true }),
  };
}

function toStatusView({ parts, fleet, daemon }: ViewSources, only: WorstOnly, uptimeMs: number): StatusView {
  const { core } = parts;
  const status = core.status();
  const { subsystems } = status.snapshot;
  return {
    ...status,
    snapshot: { ...status.snapshot, subsystems: pickSubsystems(subsystems, only) },
    frozen: parts.budgets.freezes(),
    explanations: (Object.keys(DOMAIN_FACTORS) as (keyof typeof DOMAIN_FACTORS)[]).map((domain) =>
      worstTerms(core.explainHealth(domain), only.worst),
    ),
    counts: {
      activeAlerts: core.getActiveAlerts().length,
      openIncidents: core.incidents().filter((incident) => incident.state === 'open').length,
      openGaps: core.getIntegrationGaps().filter((gap) => gap.state !== 'fixed').length,
      agents: fleet.names().length,
      stoppedAgents: fleet.names().filter((name) => whyStopped(fleet.stops, name) !== undefined).length,
      subsystems: countStatuses(subsystems),
    },
    daemon: { ...daemon, uptimeMs },
  };
}

function toPsEntry(parts: DaemonParts, fleet: AgentFleet, agent: FleetAgent): PsEntry {
  const { linker, supervisor } = parts;
  const descriptor = linker.getProcess(agent.name);
  if (!descriptor) throw programError('DN_API_NOT_FOUND', { kind: 'agent', name: agent.name });
  const supervised = supervisor.get(agent.name);
  const waitsFor = waitOf(parts, fleet, agent);
  return {
    ...descriptor,
    ...(waitsFor && { status: 'pending' as const }),
    pid: supervised?.identity?.pid ?? null,
    startedAt: supervised?.identity ? toldStart(supervised, parts.clock.now()) : null,
    restarts: supervised?.restarts ?? 0,
    phase: waitsFor ? 'waiting' : (supervised?.phase ?? 'idle'),
    nextAttemptAt: supervised?.nextAttemptAt ?? null,
    waitsFor,
    group: groupOf(parts.loaded().fleet.groups, agent.agent),
    isAdopted: supervised?.isAdopted ?? false,
    notEnforced: notEnforcedOf(agent, supervised),
    usage: supervisor.usage(agent.name) ?? null,
    ...(supervised?.spare && {
      spare: { ...supervised.spare, usage: supervisor.spareUsage(agent.name) ?? null },
    }),
    ...(agent.name !== agent.agent && { replicaOf: agent.agent }),
    health: axesOf(
      parts,
      agent.name,
      whyStopped(fleet.stops, agent.name) ?? whyStopped(fleet.stops, agent.agent),
    ),
  };
}

/** Whom its start waits for: those it comes after, or its turn in a restart of its group. */
function waitOf(
  { supervisor }: DaemonParts,
  fleet: AgentFleet,
  { name, agent }: FleetAgent,
): StartWait | null {
  const wait = fleet.waitOf(agent);
  if (wait) return wait;
  const now = supervisor.get(name);
  if (now?.phase !== 'waiting') return null;
  const within = supervisor.groups().find(({ members }) => members.includes(agent));
  const since = within?.lastDecision?.at ?? now.lastExit?.at ?? 0;
  return { for: [`its turn in ${within?.name ?? 'its group'}`], since, until: null };
}

/** What was asked for and cannot be had here: the supervisor's own, and the bindings only a sandbox enforces. */
function notEnforcedOf(agent: FleetAgent, supervised: SupervisedProcess | undefined): readonly string[] {
  const { bindings, isolation } = agent.entry;
  const bound = new Set(isolation.level === 'sandbox' ? [] : bindings.map((binding) => binding.type));
  return [
    ...(supervised?.notEnforced ?? []),
    ...(bound.has('files')
      ? ['files bindings are recorded; without a sandbox the agent may open other files']
      : []),
    ...(bound.has('network')
      ? ['network bindings are recorded; without a sandbox the agent may connect anywhere']
      : []),
  ];
}

function axesOf(parts: DaemonParts, name: string, reason: string = UNKNOWN.reason): PsEntry['health'] {
  const axes = parts.core.health(name)?.axes;
  const unknown = { ...UNKNOWN, reason };
  if (!axes) return { liveness: unknown, readiness: unknown, progress: unknown };
  const now = parts.clock.now();
  return {
    liveness: toAxisView(axes.liveness, now),
    readiness: toAxisView(axes.readiness, now),
    progress: toAxisView(axes.progress, now),
  };
}

function toAxisView<S extends string>(reading: AxisReading<S>, now: number): AxisView<S> {
  return { state: reading.state, reason: reading.reason, ageMs: Math.max(0, now - reading.at) };
}

async function toDescription(
  parts: DaemonParts,
  fleet: AgentFleet,
  { agent, scale }: { agent: FleetAgent; scale: ScaleView | null },
): Promise<AgentDescription> {
  const { linker, supervisor } = parts;
  const { entry, name, session } = agent;
  const resolved = resolveCommand(parts.loaded(), agent.agent, entry);
  return {
    agent: toPsEntry(parts, fleet, agent),
    command: resolved.command,
    cwd: resolved.cwd,
    runtime: entry.runtime,
    runtimeChoice: await linker.explainChoice(name),
    protocol: entry.protocol,
    endpoint: entry.endpoint ?? null,
    session: session?.view() ?? { isOpen: false, details: {} },
    bindings: fleet.bindings(name),
    problems: agent.problems.map(({ description, expected, observed, remedyHint }) => ({
      description,
      expected,
      observed,
      ...(remedyHint !== undefined && { remedyHint }),
    })),
    dependsOn: entry.dependsOn,
    scale,
    lastExit: supervisor.get(name)?.lastExit ?? null,
    history: linker.history(name, HISTORY_LENGTH).map((change) => ({
      at: change.at,
      change: `${change.from} → ${change.to}: ${change.because}`,
    })),
  };
}

/** What every agent serves, be there a process of it or not. */
function capabilityNames({ loaded, linker }: DaemonParts, fleet: AgentFleet): string[] {
  return fleet.names().flatMap((name) => {
    const registered = fleet.idsOf(name).flatMap((id) => linker.getProcess(id)?.capabilities ?? []);
    const entry = loaded().fleet.agents[name];
    return registered.length > 0 || !entry ? registered : capabilitiesOf(entry).map((one) => one.name);
  });
}

function toSubsystemViews(parts: DaemonParts, fleet: AgentFleet): SubsystemView[] {
  const { core } = parts;
  return core.status().snapshot.subsystems.flatMap(({ name }) => {
    const health = core.health(name);
    if (!health) return [];
    return [
      {
        name,
        domain: health.domain,
        status: health.status,
        reason: health.reason,
        lastUpdatedAt: health.lastUpdatedAt,
        isAgent: fleet.find(name) !== undefined || fleet.isReplicated(name),
        dependsOn:
          fleet.find(name)?.entry.dependsOn ?? parts.loaded().fleet.subsystems[name]?.dependsOn ?? [],
        axes: axesOf(parts, name),
      },
    ];
  });
}
