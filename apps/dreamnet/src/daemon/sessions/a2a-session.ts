import type { Clock } from '@dreamnet/contracts';
import { type A2aResult, type A2aSession, connectA2a } from '@dreamnet/protocols';
import { programError } from '../../errors.js';
import { asProbeResult } from './mcp-session.js';
import { type AgentSession, shareConnection, untilAborted } from './session.js';

export interface A2aSessionOptions {
  name: string;
  endpoint: string;
  probeTimeoutMs: number;
  clock: Clock;
}

/** An agent that speaks A2A. */
export function createA2aAgentSession(options: A2aSessionOptions): AgentSession {
  const connection = shareConnection<A2aSession>(
    () =>
      connectA2a(options.endpoint, {
        clock: options.clock,
        probeTimeoutMs: options.probeTimeoutMs,
        connectTimeoutMs: options.probeTimeoutMs,
      }),
    (late) => late.close(),
  );
  const reset = () => connection.drop()?.close();
  return {
    probe: async (signal) => {
      try {
        const session = connection.current() ?? (await untilAborted(connection.open(), signal));
        return session
          ? await session.probe(signal)
          : { ok: false, reason: `no agent card within ${options.probeTimeoutMs} ms` };
      } catch (thrown) {
        return asProbeResult(thrown);
      }
    },
    invoke: async (_capability, input, invoke) => {
      const session = await connection.open();
      const result = await session.invoke(input, invoke);
      // Also of a task that failed: it was spent all the same.
      invoke.onUsage?.(result.metadata);
      return outputOf(options.name, result);
    },
    reset,
    // The address is the same for every process: whom the connection leads to cannot be told.
    refresh: reset,
    view: () => {
      const session = connection.current();
      return {
        isOpen: session !== undefined,
        details: session
          ? {
              protocolVersion: session.protocolVersion,
              agent: session.card.name,
              version: session.card.version,
            }
          : {},
      };
    },
  };
}

function outputOf(name: string, result: A2aResult): unknown {
  if (result.state === 'completed') return result.output;
  throw programError('DN_AGENT_TASK_NOT_DONE', {
    name,
    state: result.state,
    why: result.statusText || 'no reason given',
  });
}
