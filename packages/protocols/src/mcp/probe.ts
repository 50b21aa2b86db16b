import type { Clock, ProbeResult } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import { isAnswer } from '../answered.js';
import { SHORT_ANSWER_LIMIT_BYTES } from '../client-info.js';
import { METHOD_NOT_FOUND } from '../json-rpc/messages.js';
import type { RpcReply } from '../json-rpc/pending-requests.js';
import type { McpChannel } from './channel.js';
import { type McpVerdict, withModernMeta } from './era.js';

export interface McpProbeContext {
  channel: McpChannel;
  verdict: McpVerdict;
  clock: Clock;
  timeoutMs: number;
  signal: AbortSignal;
}

/**
 * Asks the server the cheapest question of its era. `ping` exists only up to 2025-11-25; from 2026-07-28 every server
 * answers `server/discover`.
 */
export async function probeMcp(context: McpProbeContext): Promise<ProbeResult> {
  const { channel, verdict, clock } = context;
  const method = verdict.era === 'modern' ? 'server/discover' : 'ping';
  const startedMs = clock.monotonic();
  const settle = (ok: boolean, isAnswered: boolean, reason: string): ProbeResult => ({
    ok,
    isAnswered,
    reason,
    latencyMs: clock.monotonic() - startedMs,
    evidence: { asked: method, era: verdict.era, version: verdict.version, ...channel.stats() },
  });
  try {
    const params = verdict.era === 'modern' ? withModernMeta({}) : {};
    const { timeoutMs, signal } = context;
    const limitBytes = SHORT_ANSWER_LIMIT_BYTES;
    const reply = await channel.request(method, params, { timeoutMs, signal, limitBytes });
    return settle(isAlive(reply, verdict), true, replyReason(reply, method));
  } catch (thrown) {
    const error = DreamnetError.from(thrown);
    if (error.code !== 'DN_MCP_CANCELLED') return settle(false, isAnswer(error), error.message);
    const waitedMs = Math.round(clock.monotonic() - startedMs);
    return settle(
      false,
      false,
      `no answer to '${method}' in the ${waitedMs} ms before the probe was cancelled`,
    );
  }
}

/** A legacy server without `ping` breaks its revision, yet it has read, understood and answered: it can serve. */
function isAlive(reply: RpcReply, verdict: McpVerdict): boolean {
  return reply.ok || (verdict.era === 'legacy' && reply.error.code === METHOD_NOT_FOUND);
}

function replyReason(reply: RpcReply, method: string): string {
  return reply.ok
    ? `answered '${method}'`
    : `answered '${method}' with error ${reply.error.code}: ${reply.error.message}`;
}
