import type { DreamnetEvent } from '@dreamnet/contracts';
import type { AgentFleet } from './agent-fleet.js';
import { circuitOf, deathOf, failedStartOf, groupLoopOf, refusedStartOf } from './death-signals.js';
import { lookSignal, tellAlive } from './liveness-signals.js';
import type { LivenessReading } from './liveness-watch.js';
import type { DaemonParts } from './parts.js';
import { whyKeptOff } from './why-not-routed.js';

/** Brings what the supervisor sees to everybody whom it concerns: Linker, sessions, routes, OS Core. */
export function createProcessSignals(parts: DaemonParts, fleet: AgentFleet) {
  const { core, linker, bgp, supervisor, hiddenOutput } = parts;
  const startedAt = ({ subject: name, at, data }: DreamnetEvent<'process.started'>) => {
    const { identity, isAdopted } = data;
    fleet.find(name)?.session?.refresh();
    // Whatever its restart was refused for is there now.
    fleet.find(name)?.noteProblems([]);
    // A member that was ended with its group was not watched meanwhile.
    if (!parts.watchList.get(name)) fleet.watch(name);
    tellAlive(parts, { name, identity, at, isAdopted });
  };
  return {
    onEvent: (event: DreamnetEvent) => {
      if (event.type === 'group.gave-up') core.signal(groupLoopOf(event));
      if (event.type === 'spare.took-over' && fleet.find(event.subject))
        tellAlive(parts, { name: event.subject, identity: event.data.identity, at: event.at, isWarm: true });
      if (event.type === 'process.started' && !event.data.isAdopted) hiddenOutput.startedAnew(event.subject);
      if (!event.type.startsWith('process.') || !fleet.find(event.subject)) return;
      linker.onProcessEvent(event);
      if (event.type === 'process.started') startedAt(event);
      if (event.type === 'process.start-failed')
        core.signal(failedStartOf(event, supervisor.get(event.subject)));
      if (event.type === 'process.start-refused') {
        // First the gap: the incident is about what is missing.
        fleet.find(event.subject)?.noteProblems(event.data.problems);
        core.signal(refusedStartOf(event));
      }
      if (event.type === 'process.exited') {
        bgp.withdraw(
          event.subject,
          'all',
          () => whyKeptOff(parts, fleet, event.subject) ?? 'its process ended',
        );
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
