import type { DreamnetError } from '@dreamnet/kit';
import type { JsonRecord } from '../json-rpc/json.js';
import { METHOD_NOT_FOUND } from '../json-rpc/messages.js';
import type { RpcReply } from '../json-rpc/pending-requests.js';

export interface ChannelRequestOptions {
  timeoutMs: number;
  signal?: AbortSignal;
  /** Tell the server when we stop waiting. Never for `initialize` and probes, where the revisions forbid or waste it. */
  isCancellable?: boolean;
  /** Longest body read, where that is shorter than the connection's. On streams the longest line holds for all. */
  limitBytes?: number;
}

/** Counters of one connection, for `describe` and evidence. */
export interface McpStats {
  /** Requests that wait for their answer now. */
  inFlight: number;
  /** Lines on standard output that are no JSON-RPC message. */
  garbageLines: number;
  /** Lines dropped for their length. */
  oversizedLines: number;
  /** Answers nobody waited for any more. */
  lateAnswers: number;
  /** What the server asked and got no answer to, as it asked too much at a time or did not read. */
  unansweredRequests: number;
  /** Monotonic ms of the last message of the server; null before the first. */
  lastHeardAtMs: number | null;
}

/** Carries JSON-RPC to one MCP server, over streams or HTTP. */
export interface McpChannel {
  request(method: string, params: JsonRecord, options: ChannelRequestOptions): Promise<RpcReply>;
  /** Resolves when it was handed over, or failed: a failure shows at the next request. Never rejects. */
  notify(method: string, params: JsonRecord): Promise<void>;
  /** Called once with the reason, at once when it is closed already. */
  onClose(listener: (error: DreamnetError) => void): void;
  /** Told after the handshake which revision holds from now on. */
  adopt(version: string, era: McpEra): void;
  stats(): McpStats;
  /** `endInput` ends standard input, by which a server learns that it may exit. */
  close(options: { endInput: boolean }): Promise<void>;
}

/** `legacy`: `initialize` and sessions (up to 2025-11-25); `modern`: every request stands alone (from 2026-07-28). */
export type McpEra = 'modern' | 'legacy';

/**
 * The answer to a request of a legacy server. We offer no roots, no sampling and no elicitation; a server that asks
 * all the same must not wait for ever.
 */
export function answerServerRequest(id: string | number, method: string): JsonRecord {
  if (method === 'ping') return { jsonrpc: '2.0', id, result: {} };
  if (method === 'roots/list') return { jsonrpc: '2.0', id, result: { roots: [] } };
  const error = { code: METHOD_NOT_FOUND, message: `'${method}' is not offered by this client` };
  return { jsonrpc: '2.0', id, error };
}
