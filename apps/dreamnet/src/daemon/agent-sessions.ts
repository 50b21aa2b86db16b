import type { Clock, LocalProcessHost, Probe, ProbeResult } from '@dreamnet/contracts';
import type { AgentEntry } from '../config/schema.js';
import { programError } from '../errors.js';
import { createA2aAgentSession } from './sessions/a2a-session.js';
import { createAgentcoreSession } from './sessions/agentcore-session.js';
import { createHttpAgentSession } from './sessions/http-session.js';
import { createMcpAgentSession } from './sessions/mcp-session.js';
import type { AgentSession } from './sessions/session.js';

/** The session that fits an agent's protocol; undefined for protocols without a round trip of ours. */
export function createAgentSession(
  name: string,
  agent: AgentEntry,
  parts: { clock: Clock; processes: LocalProcessHost },
): AgentSession | undefined {
  const { clock, processes } = parts;
  const probeTimeoutMs = agent.health.readiness.timeout;
  const endpoint = agent.endpoint ?? '';
  switch (agent.protocol) {
    case 'mcp':
      return createMcpAgentSession({
        name,
        clock,
        endpoint: () => (agent.endpoint === undefined ? processes.streams(name) : { url: agent.endpoint }),
      });
    case 'a2a':
      return createA2aAgentSession({ name, endpoint, probeTimeoutMs, clock });
    case 'http':
      return createHttpAgentSession({
        endpoint,
        healthPath: agent.healthPath,
        invokePath: agent.invokePath,
        probeTimeoutMs,
        clock,
      });
    case 'agentcore':
      return createAgentcoreSession({ endpoint, probeTimeoutMs, clock });
    default:
      return undefined;
  }
}

/** Would `createAgentSession` make the same of both? */
export function isSameConversation(before: AgentEntry, after: AgentEntry): boolean {
  const basis = ({ protocol, endpoint, healthPath, invokePath, health }: AgentEntry) =>
    JSON.stringify([protocol, endpoint ?? null, healthPath, invokePath, health.readiness.timeout]);
  return basis(before) === basis(after);
}

/**
 * A probe that first looks whether there is a process at all: without one, an endpoint that answers belongs to
 * somebody else.
 */
export function guardProbe(
  name: string,
  probe: Probe,
  processes: LocalProcessHost,
): (signal: AbortSignal) => Promise<ProbeResult> {
  return async (signal) => {
    const supervised = processes.get(name);
    if (!supervised?.identity)
      return { ok: false, reason: `no process runs (${supervised?.phase ?? 'never started'})` };
    return probe(signal);
  };
}

/** The session of an agent that can be called. @throws DN_AGENT_CANNOT_BE_CALLED */
export function callable(name: string, agent: AgentEntry, session: AgentSession | undefined): AgentSession {
  if (session) return session;
  throw programError('DN_AGENT_CANNOT_BE_CALLED', { name, protocol: agent.protocol, delivered: false });
}
