import type { Clock } from '@dreamnet/contracts';
import { agentcoreProbe, invokeAgentcore } from '@dreamnet/protocols';
import type { AgentSession } from './session.js';

export interface AgentcoreSessionOptions {
  endpoint: string;
  probeTimeoutMs: number;
  clock: Clock;
}

/** An agent that serves AgentCore's container contract: `GET /ping` for health, `POST /invocations` for work. */
export function createAgentcoreSession({
  endpoint,
  probeTimeoutMs,
  clock,
}: AgentcoreSessionOptions): AgentSession {
  return {
    probe: agentcoreProbe(endpoint, { timeoutMs: probeTimeoutMs, clock }),
    invoke: (capability, input, { timeoutMs, signal }) =>
      invokeAgentcore(endpoint, input, {
        capability: capability.tool ?? capability.name,
        timeoutMs,
        signal,
        clock,
      }),
    reset: () => undefined,
    refresh: () => undefined,
    view: () => ({ isOpen: true, details: { endpoint } }),
  };
}
