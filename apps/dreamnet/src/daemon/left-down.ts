import type { SupervisedGroup, TimerHandle } from '@dreamnet/contracts';
import type { AgentFleet } from './agent-fleet-interface.js';
import type { FleetAgent } from './agent-processes.js';
import type { DaemonParts } from './parts.js';
import { isRolling } from './replicas/replica-entry.js';

/** Whoever is found without a process and without anybody to start it at two looks in turn was left. */
const LOOK_EVERY_MS = 30_000;

type Parts = {
  readonly clock: Pick<DaemonParts['clock'], 'now' | 'setTimeout' | 'clearTimeout'>;
  readonly core: Pick<DaemonParts['core'], 'signal'>;
  readonly linker: Pick<DaemonParts['linker'], 'isBusy'>;
  readonly supervisor: Pick<DaemonParts['supervisor'], 'get' | 'groups' | 'identityOf'>;
};
type Fleet = Pick<
  AgentFleet,
  'list' | 'record' | 'watch' | 'isStopped' | 'isComing' | 'isRenewed' | 'isEnding' | 'isLeaving' | 'waitOf'
>;

/** The second line behind supervisor, groups and starts in order. */
export interface LeftDownWatch {
  start(): void;
  stop(): void;
}

/**
 * Each end of a process has somebody who decides what follows: its restart policy, its group, whoever asked for it. If that ever
 * fails, the agent is down and nothing says so: an end that was wanted is no fault, and a member of a group is not watched until its
 * turn comes. So now and then it is looked who should run, does not, and is in nobody's hands. OS Core is told once that it is
 * dead; an alert and a restart follow as for any other.
 */
export function createLeftDownWatch(parts: Parts, fleet: Fleet): LeftDownWatch {
  const { clock, core, supervisor } = parts;
  let timer: TimerHandle | undefined;
  let isStopped = false;
  /** Who was found so at the last look; those with true were told of. */
  let found = new Map<string, boolean>();
  const tell = ({ name }: FleetAgent) => {
    const phase = supervisor.get(name)?.phase ?? 'idle';
    fleet.watch(name);
    core.signal({
      ...{ subsystem: name, state: 'dead', at: clock.now() },
      reason: `no process of it runs, and nobody is about to start it`,
      evidence: { phase },
    });
  };
  const look = () => {
    const groups = supervisor.groups();
    const next = new Map<string, boolean>();
    for (const agent of fleet.list()) {
      if (supervisor.identityOf(agent.name) !== null || !isLeft(parts, fleet, { agent, groups })) continue;
      const wasTold = found.get(agent.name);
      if (wasTold === false) tell(agent);
      next.set(agent.name, wasTold !== undefined);
    }
    found = next;
    arm();
  };
  const arm = () => {
    if (!isStopped) timer = clock.setTimeout(look, LOOK_EVERY_MS);
  };
  return {
    start: arm,
    stop: () => {
      isStopped = true;
      if (timer !== undefined) clock.clearTimeout(timer);
    },
  };
}

/** Should it run, and does nobody have it in hand? Of one without a process. */
function isLeft(
  { linker, supervisor }: Parts,
  fleet: Fleet,
  { agent, groups }: { agent: FleetAgent; groups: readonly SupervisedGroup[] },
): boolean {
  const { name, problems } = agent;
  // Somebody wanted it so, or it is a gap in the wiring that is told of already.
  if (fleet.isStopped(name) || fleet.isStopped(agent.agent) || problems.length > 0) return false;
  if (fleet.isEnding(name) || fleet.isLeaving(name) || isRolling(fleet.record(agent.agent))) return false;
  if (fleet.waitOf(agent.agent) || fleet.isComing(agent.agent) || fleet.isRenewed(agent.agent)) return false;
  switch (supervisor.get(name)?.phase ?? 'idle') {
    case 'idle':
      // Its status may be called `pending` for ever: what counts is whether somebody is at work on it.
      return !linker.isBusy(name);
    case 'waiting':
      return !isMoved(agent, groups);
    default:
      // Being started or ended, a timer runs for it, or its restart policy is done with it.
      return false;
  }
}

/** Is its group, or one around that, at work, or waiting for its own next try? */
function isMoved(agent: FleetAgent, groups: readonly SupervisedGroup[]): boolean {
  const byName = new Map(groups.map((group) => [group.name, group]));
  let group = groups.find(({ members }) => members.includes(agent.agent) || members.includes(agent.name));
  while (group) {
    if (group.phase !== 'running' && group.phase !== 'idle') return true;
    group = group.parent === null ? undefined : byName.get(group.parent);
  }
  return false;
}
