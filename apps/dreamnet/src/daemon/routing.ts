import type { CallOutcome } from '@dreamnet/contracts';
import type { AgentFleet } from './agent-fleet.js';
import { capabilitiesOf } from './agent-plan.js';
import { callable } from './agent-sessions.js';
import type { DaemonParts } from './parts.js';

export interface CallRequest {
  capability: string;
  input: unknown;
  timeoutMs: number;
  isIdempotent: boolean;
  signal: AbortSignal;
}

/** Keeps the route table true to readiness, and carries calls along it. */
export function createRouting(parts: DaemonParts, fleet: AgentFleet) {
  const { bgp, core, clock, supervisor } = parts;
  const announce = (name: string) => {
    const agent = fleet.find(name);
    if (!agent) return;
    for (const capability of capabilitiesOf(agent.entry))
      bgp.announce({
        capability: capability.name,
        provider: name,
        path: [],
        localPreference: agent.entry.preference,
        cost: agent.entry.cost,
        health: 'ready',
        announcedAt: clock.now(),
      });
  };
  return {
    /** After each change of an agent's health: who cannot answer is not routed to. */
    onHealthChange: (name: string) => {
      const health = core.health(name);
      const { readiness } = health?.axes ?? {};
      const agent = fleet.find(name);
      if (!agent || !readiness) return;
      const isRouted = bgp.routes().some((route) => route.provider === name);
      if (readiness.state === 'ready') {
        // That a process without a protocol is there proves nothing: only its running long enough does.
        if (agent.entry.protocol !== 'none') supervisor.markReady(name);
        if (!isRouted) announce(name);
      } else if (readiness.state === 'not_ready' && isRouted) bgp.withdraw(name, 'all', readiness.reason);
    },
    call: (request: CallRequest): Promise<CallOutcome> =>
      bgp.call(request.capability, request.input, {
        timeoutMs: request.timeoutMs,
        isIdempotent: request.isIdempotent,
        signal: request.signal,
        invoke: (route, input, limits) => {
          const agent = fleet.get(route.provider);
          const served = capabilitiesOf(agent.entry).find((one) => one.name === route.capability);
          return callable(agent.name, agent.entry, agent.session).invoke(
            served ?? { name: request.capability },
            input,
            limits,
          );
        },
      }),
  };
}
