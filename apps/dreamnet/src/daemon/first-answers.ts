import type { AgentFleet } from './agent-fleet.js';
import type { DaemonParts } from './parts.js';
import { type HeldCall, holdCall } from './replicas/held-call.js';

/** Longer than the first answer of a process that works takes; a call that is still alone then is told why. */
const LONGEST_WAIT_MS = 2000;

/** Holds calls that come before those who serve them have been heard for the first time. */
export interface FirstAnswers {
  /** Resolves with the ms it took: at once when there is a route, or nobody who is yet to answer. */
  wait(call: { capability: string; timeoutMs: number; signal: AbortSignal }): Promise<number>;
  /** The health of somebody, or who is routed to, changed, or somebody was stopped or frozen. */
  changed(): void;
  /** Ends every wait. */
  stop(): void;
}

/** Holds nothing yet. */
export function createFirstAnswers(parts: DaemonParts, fleet: AgentFleet): FirstAnswers {
  const { bgp, budgets, clock } = parts;
  const waiting = new Map<HeldCall<void>, string>();
  const isWaitedFor = (capability: string) =>
    !bgp.isServed(capability) &&
    fleet
      .namesFor(capability)
      .some(
        (agent) =>
          !budgets.frozen({ agent, capability }) &&
          fleet.idsOf(agent).some((id) => !fleet.isStopped(id) && isUnheard(parts, id)),
      );
  const hold: FirstAnswers['wait'] = async ({ capability, timeoutMs, signal }) => {
    const startedMs = clock.monotonic();
    const waitMs = Math.min(LONGEST_WAIT_MS, timeoutMs);
    // However the wait ends, the call goes on and is told what there is then.
    const nothing = () => undefined;
    const held = holdCall<void>({ clock, waitMs, signal, late: nothing, gone: nothing, onSettled: nothing });
    waiting.set(held, capability);
    await held.settled;
    waiting.delete(held);
    return clock.monotonic() - startedMs;
  };
  return {
    wait: async (call) => (isWaitedFor(call.capability) && !call.signal.aborted ? hold(call) : 0),
    changed: () => {
      for (const [held, capability] of waiting) if (!isWaitedFor(capability)) held.settle();
    },
    stop: () => {
      for (const held of waiting.keys()) held.settle();
    },
  };
}

/** Has it a process of which nothing is known yet, neither good nor bad? */
function isUnheard({ core, supervisor }: DaemonParts, id: string): boolean {
  if (!supervisor.get(id)?.identity) return false;
  const readiness = core.health(id)?.axes.readiness.state;
  return readiness === undefined || readiness === 'unknown';
}
