import { mustBe } from './argument-check.js';
import type { DreamNetOSCoreFacade } from './dreamnet-os-core.js';
import type { Rooms } from './rooms.js';

/** Who is watched, and what they tell. */
export function signalFunctions(
  rooms: Rooms,
): Pick<DreamNetOSCoreFacade, 'watch' | 'unwatch' | 'heartbeat' | 'signal' | 'measure' | 'lookAtCalls'> {
  const { health, recovery } = rooms;
  return {
    watch: (name, subsystem) => {
      mustBe('object', 'watch(name, subsystem): subsystem', subsystem);
      health.register(name, subsystem);
      rooms.alerting.rules.look(name);
      recovery.watched(name);
    },
    unwatch: (name) => {
      health.unregister(name);
      rooms.healthAlerts.forget(name);
      rooms.alerting.rules.forget(name);
      rooms.anomalies.forget(name);
      rooms.anomalyKeeping.forget(name);
      rooms.integration.detect([name]);
      recovery.unwatched(name);
    },
    heartbeat: health.heartbeat,
    measure: (name, metrics) => {
      mustBe('object', 'measure(name, metrics): metrics', metrics);
      health.measure(name, metrics);
    },
    lookAtCalls: health.lookAtCalls,
    signal: (signal) => {
      mustBe('object', 'signal(signal)', signal);
      // First the fault, then the health it changes: the alert that is raised finds its fault.
      if (health.subsystem(signal.subsystem)) recovery.signal(signal);
      health.signal(signal);
    },
  };
}
