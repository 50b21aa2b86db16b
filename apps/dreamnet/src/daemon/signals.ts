import type { DreamnetEvent, ExitRecord, LivenessSignal } from '@dreamnet/contracts';
import { formatIdentity } from '@dreamnet/os-linker';
import { takeoverText } from '../takeover-text.js';
import type { AgentFleet } from './agent-fleet.js';
import { lookSignal, tellAlive } from './liveness-signals.js';
import type { LivenessReading } from './liveness-watch.js';
import type { DaemonParts } from './parts.js';

/** Brings what the supervisor sees to everybody whom it concerns: Linker, sessions, routes, OS Core. */
export function createProcessSignals(parts: DaemonParts, fleet: AgentFleet) {
  const { core, linker, bgp, supervisor } = parts;
  const startedAt = ({ subject: name, at, data }: DreamnetEvent<'process.started'>) => {
    const { identity, isAdopted } = data;
    fleet.find(name)?.session?.refresh();
    // A member that was ended with its group was not watched meanwhile.
    if (!parts.watchList.get(name)) fleet.watch(name);
    tellAlive(parts, { name, identity, at, isAdopted });
  };
  return {
    onEvent: (event: DreamnetEvent) => {
      if (event.type === 'group.gave-up') core.signal(groupLoopOf(event));
      if (event.type === 'spare.took-over' && fleet.find(event.subject))
        tellAlive(parts, { name: event.subject, identity: event.data.identity, at: event.at, isWarm: true });
      if (!event.type.startsWith('process.') || !fleet.find(event.subject)) return;
      linker.onProcessEvent(event);
      if (event.type === 'process.started') startedAt(event);
      if (event.type === 'process.start-failed')
        core.signal(failedStartOf(event, supervisor.get(event.subject)));
      if (event.type === 'process.exited') {
        bgp.withdraw(event.subject, 'all', 'its process ended');
        fleet.find(event.subject)?.session?.refresh();
        const now = supervisor.get(event.subject);
        // Done with its work, as its restart policy allows: no fault, and nothing more to watch.
        if (now?.phase === 'exited' && event.data.exit.code === 0) parts.watchList.unwatch(event.subject);
        // Not sick: it waits for its turn, and the alert is about whoever made the group restart.
        else if (event.data.exit.endedWith !== undefined) parts.watchList.unwatch(event.subject);
        else if (!fleet.isEnding(event.subject)) core.signal(deathOf(event, now));
      }
      if (event.type === 'process.circuit-opened') core.signal(circuitOf(event));
      fleet.lookAtWaits();
    },
    /** The periodic look at the scheduling state: only a change is worth a signal. */
    onLook: (reading: LivenessReading) => {
      if (core.livenessOf(reading.name) !== reading.state)
        core.signal(lookSignal(reading, parts.clock.now()));
    },
  };
}

type Supervised = ReturnType<DaemonParts['supervisor']['get']>;

function deathOf(event: DreamnetEvent<'process.exited'>, now: Supervised): LivenessSignal {
  const { exit, identity } = event.data;
  const how = exit.isKnown
    ? exit.signal === null
      ? `exited with code ${exit.code}`
      : `was ended by ${exit.signal}`
    : 'ended while nobody was its parent';
  return {
    subsystem: event.subject,
    state: 'dead',
    reason: `process ${identity.pid} ${how}${exit.reason === undefined ? '' : ` (${exit.reason})`}${takeoverOf(exit)}`,
    at: event.at,
    identity: formatIdentity(identity),
    ...(exit.spare && { isReplaced: true }),
    evidence: {
      ...{ pid: identity.pid, code: exit.code, signal: exit.signal, stderrTail: exit.stderrTail },
      ...(exit.resources && { resources: exit.resources }),
      ...(exit.spare && { spare: exit.spare }),
    },
    ...recoveryOf(now, event.at),
  };
}

/** There is no process of it, whatever became of the one before. */
function failedStartOf(event: DreamnetEvent<'process.start-failed'>, now: Supervised): LivenessSignal {
  const { reason, attempt } = event.data;
  return {
    ...{ subsystem: event.subject, state: 'dead', reason, at: event.at },
    evidence: { attempt },
    ...recoveryOf(now, event.at),
  };
}

/** Whoever reads of the end is to know that it was no gap. */
function takeoverOf({ spare }: ExitRecord): string {
  return spare ? `; ${takeoverText(spare)}` : '';
}

/** Who brings it back: the supervisor by its policy, or nobody. */
function recoveryOf(now: Supervised, at: number): Pick<LivenessSignal, 'recovery'> {
  if (!now) return {};
  switch (now.phase) {
    case 'waiting':
    case 'starting':
    case 'running':
    case 'backoff':
      return {
        recovery: { by: 'supervisor', attempt: now.restarts + 1, nextAttemptAt: now.nextAttemptAt ?? at },
      };
    case 'broken':
      return {
        recovery: {
          by: 'nobody',
          because: 'too many restarts: the circuit is open',
          ...(now.nextAttemptAt !== null && { retryAt: now.nextAttemptAt }),
        },
      };
    case 'exited':
      return { recovery: { by: 'nobody', because: 'its restart policy does not bring it back' } };
    default:
      return {};
  }
}

function circuitOf(event: DreamnetEvent<'process.circuit-opened'>): LivenessSignal {
  const { restarts, periodMs, retryAt, lastExit } = event.data;
  return {
    subsystem: event.subject,
    state: 'dead',
    reason: `crash loop: ${restarts} restarts within ${periodMs / 1000} s`,
    at: event.at,
    evidence: { restarts, periodMs, lastExit },
    recovery: {
      by: 'nobody',
      because: `crash loop: ${restarts} restarts within ${periodMs / 1000} s`,
      retryAt,
    },
  };
}

/** The alert of a group that gave up is about the member by whose end it did. */
function groupLoopOf(event: DreamnetEvent<'group.gave-up'>): LivenessSignal {
  const { member, restarts, failedTrials, periodMs, retryAt, lastExit } = event.data;
  const after =
    failedTrials === 0
      ? `more than ${restarts} restarts within ${periodMs / 1000} s`
      : `try ${failedTrials} failed`;
  const because = `the group '${event.subject}' gave up: ${after}, because of '${member}'`;
  return {
    subsystem: member,
    state: 'dead',
    reason: because,
    at: event.at,
    evidence: { group: event.subject, restarts, failedTrials, periodMs, lastExit },
    recovery: { by: 'nobody', because, retryAt },
  };
}
