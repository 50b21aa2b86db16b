import type { DreamnetEvent, Subscription } from '@dreamnet/contracts';
import type { AgentFleet, FleetAgent } from './agent-fleet.js';
import type { createLivenessWatch, WatchedProcess } from './liveness-watch.js';
import type { DaemonParts } from './parts.js';
import type { Scaling } from './replicas/scaling.js';
import type { createRouting } from './routing.js';
import type { createProcessSignals } from './signals.js';

/** Who follows what becomes of the fleet. */
export interface Followers {
  routing: ReturnType<typeof createRouting>;
  watch: ReturnType<typeof createLivenessWatch>;
  scaling: Scaling;
  signals: ReturnType<typeof createProcessSignals>;
}

/** After these a process may not be tried any more: who waits for it is looked at. */
const ENDS_OF_TRIES: ReadonlySet<DreamnetEvent['type']> = new Set([
  'process.exited',
  'process.start-failed',
  'process.start-refused',
  'process.circuit-opened',
  'group.gave-up',
]);

/**
 * Who is told when the health of a process changes, when processes come and go, and when calls that wait may wait in vain: first the
 * route. Called once.
 */
export function followFleet(
  parts: DaemonParts,
  fleet: AgentFleet,
  { routing, watch, scaling, signals }: Followers,
): { hearing: Subscription; lookAtCalls: () => void } {
  const lookAtCalls = () => {
    scaling.lookAtCalls();
    routing.firstAnswers.changed();
  };
  parts.core.onHealthChange(({ after: { name } }) => {
    routing.onHealthChange(name);
    fleet.settle(name);
    fleet.lookAtWaits();
  });
  parts.supervisor.hearStops(watch.lookAt);
  fleet.hear({
    joined: (agent) => followProcess(parts, agent, { watch, routing }),
    left: watch.unwatch,
    stays: routing.onHealthChange,
    startFailed: scaling.startFailed,
    stopped: lookAtCalls,
  });
  const hearing = hearSupervisor(parts.bus, (event) => {
    signals.onEvent(event);
    if (ENDS_OF_TRIES.has(event.type)) lookAtCalls();
  });
  return { hearing, lookAtCalls };
}

/** Its process is looked at from now on, and its routes are expected. Idempotent. */
export function followProcess(
  parts: DaemonParts,
  agent: FleetAgent,
  { watch, routing }: Pick<Followers, 'watch' | 'routing'>,
): void {
  watch.watch(toWatched(parts, agent));
  routing.expect(agent);
}

/** One queue for both, so that the end of a member is told before what it means for its group. */
function hearSupervisor(bus: DaemonParts['bus'], handler: (event: DreamnetEvent) => void): Subscription {
  const handle = (event: DreamnetEvent) => {
    if (event.source === 'supervisor') handler(event);
  };
  return bus.subscribe('>', handle, { queueLimit: 100_000 });
}

function toWatched({ supervisor }: DaemonParts, { name, entry }: FleetAgent): WatchedProcess {
  return {
    name,
    everyMs: entry.health.liveness.every,
    identity: () => supervisor.identityOf(name),
    isTold: () => supervisor.tellsOfStops(name),
  };
}
