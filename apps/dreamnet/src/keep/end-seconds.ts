import { type FleetFile, stopDeadlineMs } from '../config/schema.js';
import { startPlan, stopSteps } from '../config/start-plan.js';

/** How long the kernel is given to end what was killed: the last rung of a stop. */
const KILL_MS = 5000;
/** For what the daemon itself ends with: messages on their way, the store. */
const DAEMON_MS = 60_000;
/** A fleet file may grow a little without a new unit. */
const LEAST_SECONDS = 120;

/**
 * How long a fleet may take to end in order: what depends on others ends before them, and each step takes as long as its
 * longest `stop.deadline`, and then time to kill.
 *
 * @returns Whole seconds, never less than two minutes.
 */
export function endSeconds(fleet: FleetFile): number {
  const deadlineMs = (name: string) => {
    const agent = fleet.agents[name];
    return agent ? stopDeadlineMs(agent) : 0;
  };
  const stepsMs = stopSteps(startPlan(fleet)).map((names) => Math.max(0, ...names.map(deadlineMs)) + KILL_MS);
  const wholeMs = stepsMs.reduce((sum, ms) => sum + ms, DAEMON_MS);
  return Math.max(LEAST_SECONDS, Math.ceil(wholeMs / 1000));
}
