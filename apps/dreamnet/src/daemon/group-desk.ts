import type { GroupView, SupervisedPhase } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import { leavesOf } from '../config/start-plan.js';
import { programError } from '../errors.js';
import { type AgentFleet, DAEMON_ACTOR } from './agent-fleet.js';
import { firstUnkept, recordOrLater } from './late-writes.js';
import type { DaemonParts } from './parts.js';
import { startAgents } from './start-agents.js';

/** The groups of the fleet file, and what people may do to them. */
export interface GroupDesk {
  list(): GroupView[];
  /** @throws DN_API_NOT_FOUND */
  get(name: string): GroupView;
  /** As it is now; of one that is not in the fleet file any more, who of its agents runs. */
  lookAgain(seen: GroupView): GroupView;
  /** Starts who does not run, in order; resolves when all have been started but those who wait for others. */
  start(name: string, actor: string): Promise<void>;
  /** Ends all of it, last to first. @returns as `AgentFleet.stop` */
  stop(name: string, actor: string): Promise<string | undefined>;
  /** Ends all of it, last to first, and starts it in order; a daemon that is killed meanwhile leaves the rest to the next one. */
  restart(name: string, actor: string): Promise<void>;
}

const UP: ReadonlySet<SupervisedPhase> = new Set(['running', 'starting', 'waiting', 'backoff']);

export function createGroupDesk(parts: DaemonParts, fleet: AgentFleet): GroupDesk {
  const { supervisor, linker, core } = parts;
  const agentsOf = (name: string) =>
    leavesOf(parts.loaded().fleet.groups, name).filter((agent) => fleet.record(agent));
  const isRunning = (agent: string) =>
    fleet.idsOf(agent).some((id) => supervisor.get(id)?.phase === 'running');
  const announce = (action: string, target: string, actor: string) =>
    core.audit.record({ actor, action, target });
  const desk: GroupDesk = {
    list: () =>
      supervisor.groups().map((group) => {
        const agents = agentsOf(group.name);
        const running = agents.filter(isRunning).length;
        return { ...group, agents, running };
      }),
    get: (name) => {
      const group = desk.list().find((one) => one.name === name);
      if (!group) throw programError('DN_API_NOT_FOUND', { kind: 'group', name });
      return group;
    },
    lookAgain: (seen) => {
      const now = desk.list().find(({ name }) => name === seen.name);
      if (now) return now;
      const running = seen.agents.filter(isRunning).length;
      return { ...seen, running, phase: running > 0 ? 'running' : 'idle' };
    },
    start: async (name, actor) => {
      const { agents } = desk.get(name);
      await announce('group.start', name, actor);
      await takeBackStops(fleet, agents);
      await startMissing(parts, fleet, { agents, actor });
    },
    stop: async (name, actor) => {
      const { agents } = desk.get(name);
      const unkept = await recordOrLater(parts, { actor, action: 'group.stop', target: name });
      return firstUnkept([unkept, await stopAll(parts, fleet, { agents, actor })]);
    },
    restart: async (name, actor) => {
      const { agents } = desk.get(name);
      await announce('group.restart', name, actor);
      await takeBackStops(fleet, agents);
      const wanted = new Set(agents.flatMap((agent) => fleet.idsOf(agent)));
      const adoptable = await linker.listAdoptable((id) => wanted.has(id));
      await supervisor.restartGroup(
        name,
        adoptable.filter(({ problems }) => problems.length === 0).map(({ spec }) => spec),
      );
      await startMissing(parts, fleet, { agents, actor });
    },
  };
  return desk;
}

/** Last to first; one that cannot be ended holds nobody else up. @returns as `AgentFleet.stop` @throws the first refusal */
async function stopAll(
  { clock }: DaemonParts,
  fleet: AgentFleet,
  { agents, actor }: { agents: readonly string[]; actor: string },
): Promise<string | undefined> {
  const { book } = fleet.stops;
  const at = clock.now();
  // All of them before the first ends, which may take long: nothing that is under way starts one of them meanwhile.
  const unkept = [await book.note(agents.map((agent) => ({ agent, at, by: actor, freeze: null })))];
  const refusals: DreamnetError[] = [];
  for (const agent of agents.toReversed()) {
    // Whoever was started since is not to be stopped any more.
    if (!book.get(agent)) continue;
    try {
      unkept.push(await fleet.stop(agent, actor));
    } catch (thrown) {
      refusals.push(DreamnetError.from(thrown));
    }
  }
  if (refusals[0]) throw refusals[0];
  return firstUnkept(unkept);
}

/** Whoever was stopped before the order is to run by it. Whom a freeze keeps ended it does not bring back. */
async function takeBackStops(fleet: AgentFleet, agents: readonly string[]): Promise<void> {
  const free = agents.filter((agent) => !fleet.stops.endingFreeze(agent));
  await fleet.stops.book.remove(free.flatMap((agent) => [agent, ...fleet.idsOf(agent)]));
}

/** Starts who is not up, after `takeBackStops`: whoever is stopped by now was so after the order, and stays so. */
async function startMissing(
  parts: DaemonParts,
  fleet: AgentFleet,
  { agents, actor }: { agents: readonly string[]; actor: string },
): Promise<void> {
  const starter = (agent: string) => {
    if (fleet.isStopped(agent)) return undefined;
    // The daemon leaves the replicas alone that somebody stopped.
    return fleet.idsOf(agent).some((id) => fleet.isStopped(id)) ? DAEMON_ACTOR : actor;
  };
  await startAgents(parts, fleet, {
    names: agents.filter((agent) => !isUp(parts, fleet, agent)),
    actor: starter,
  });
}

/** Runs, or is about to, with every process of it. */
function isUp({ supervisor }: DaemonParts, fleet: AgentFleet, agent: string): boolean {
  return fleet.idsOf(agent).every((id) => UP.has(supervisor.get(id)?.phase ?? 'idle'));
}
