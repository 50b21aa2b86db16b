import type { Readable, Writable } from 'node:stream';
import type { Clock, ProbeResult } from '@dreamnet/contracts';
import { type DreamnetError, systemClock } from '@dreamnet/kit';
import { DEFAULT_ANSWER_LIMIT_BYTES } from '../client-info.js';
import { protocolsError } from '../errors.js';
import { depthProblem, isRecord, type JsonRecord } from '../json-rpc/json.js';
import type { McpChannel, McpStats } from './channel.js';
import { type McpVerdict, negotiate, withModernMeta } from './era.js';
import { createHttpChannel } from './http-channel.js';
import { probeMcp } from './probe.js';
import { createRenewingChannel } from './renewing-channel.js';
import { createStreamChannel } from './stream-channel.js';
import { type McpTool, type McpToolResult, readTool, readToolResult } from './tool-output.js';

/** Where the server is: a child's pipes, kept by the supervisor, or a Streamable HTTP endpoint. */
export type McpEndpoint =
  | { stdin: Writable; stdout: Readable }
  | { url: string; headers?: Readonly<Record<string, string>> };

export interface McpOptions {
  clock?: Clock;
  /** The `verdict` of an earlier session with the same program: the era is then asked for, not guessed. */
  prior?: Pick<McpVerdict, 'era'>;
  /** For the whole handshake, the server's own start included. Default 30 000. */
  connectTimeoutMs?: number;
  /** Silence after which `initialize` is tried too. Default 1500. */
  discoverTimeoutMs?: number;
  /** Longest wait for one answer unless the call says otherwise. Default 30 000. */
  requestTimeoutMs?: number;
  /** Longest a probe waits. Default 1000. */
  probeTimeoutMs?: number;
  /** Longest line or body read. Default 32 MiB. */
  limitBytes?: number;
  /** Most requests that wait at a time. Default 256. */
  maxPending?: number;
  signal?: AbortSignal;
}

export interface McpCallOptions {
  timeoutMs?: number;
  signal?: AbortSignal;
}

/**
 * One connection to an MCP server of either era. Safe to use concurrently. Over HTTP it outlives the server's session: one
 * that the server has forgotten is opened anew, and what it turned away for that is asked once more.
 */
export interface McpSession {
  readonly verdict: McpVerdict;
  /** One real round trip: `server/discover` (modern) or `ping` (legacy). Never throws. */
  probe(signal: AbortSignal): Promise<ProbeResult>;
  /** Every tool, all pages. */
  listTools(options?: McpCallOptions): Promise<readonly McpTool[]>;
  /** Runs a tool. When the wait ends early the server is told to stop. */
  callTool(name: string, args: JsonRecord, options?: McpCallOptions): Promise<McpToolResult>;
  stats(): McpStats;
  /** Called once, with the reason, when the connection is gone; at once when it is gone already. */
  onClose(listener: (error: DreamnetError) => void): void;
  /** Fails what waits, then ends the server's input, by which it learns that it may exit. Idempotent. */
  close(): Promise<void>;
}

/** A server that pages without end is cut here: 100 pages are thousands of tools. */
const MOST_PAGES = 100;

/**
 * Connects to an MCP server of either era. Starts no process and ends none.
 *
 * @throws DN_MCP_HANDSHAKE_FAILED, DN_MCP_NO_COMMON_VERSION, DN_MCP_TIMEOUT, DN_MCP_CLOSED, DN_MCP_CANCELLED,
 * DN_HTTP_*. After a failed handshake over streams the streams are left open, so that it may be tried again.
 */
export async function connectMcp(endpoint: McpEndpoint, options: McpOptions = {}): Promise<McpSession> {
  const clock = options.clock ?? systemClock();
  const channel = openChannel(endpoint, clock, options);
  try {
    const verdict = await negotiate(channel, {
      ...patienceOf(options, clock),
      ...(options.prior && { prior: options.prior }),
      ...(options.signal && { signal: options.signal }),
    });
    return createSession(channel, verdict, { ...options, clock });
  } catch (error) {
    await channel.close({ endInput: false });
    throw error;
  }
}

function openChannel(endpoint: McpEndpoint, clock: Clock, options: McpOptions): McpChannel {
  const limitBytes = options.limitBytes ?? DEFAULT_ANSWER_LIMIT_BYTES;
  const maxPending = options.maxPending ?? 256;
  if (!('url' in endpoint))
    return createStreamChannel(endpoint, { clock, lineLimitBytes: limitBytes, maxPending });
  const { url, headers } = endpoint;
  return createRenewingChannel({
    clock,
    open: () => createHttpChannel(url, { clock, limitBytes, maxPending, ...(headers && { headers }) }),
    // Only servers of the older era have sessions to forget.
    shakeHands: (channel, signal) =>
      negotiate(channel, { ...patienceOf(options, clock), prior: { era: 'legacy' }, signal }),
  });
}

function patienceOf(options: McpOptions, clock: Clock) {
  const { discoverTimeoutMs = 1500, connectTimeoutMs = 30_000 } = options;
  return { clock, discoverTimeoutMs, connectTimeoutMs };
}

function createSession(
  channel: McpChannel,
  verdict: McpVerdict,
  options: McpOptions & { clock: Clock },
): McpSession {
  const ask = async (method: string, params: JsonRecord, call: McpCallOptions = {}) => {
    const reply = await channel.request(method, verdict.era === 'modern' ? withModernMeta(params) : params, {
      timeoutMs: call.timeoutMs ?? options.requestTimeoutMs ?? 30_000,
      ...(call.signal && { signal: call.signal }),
      isCancellable: true,
    });
    if (!reply.ok) throw requestFailed(method, reply.error);
    return completeResult(method, reply.result);
  };
  return {
    verdict,
    probe: (signal) =>
      probeMcp({ channel, verdict, signal, clock: options.clock, timeoutMs: options.probeTimeoutMs ?? 1000 }),
    listTools: async (call) => {
      const tools: McpTool[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < MOST_PAGES; page += 1) {
        const result = await ask('tools/list', cursor === undefined ? {} : { cursor }, call);
        if (!Array.isArray(result.tools)) throw badAnswer('tools/list', 'it has no list of tools');
        tools.push(...result.tools.map(readTool).filter((tool) => tool !== undefined));
        if (typeof result.nextCursor !== 'string') return tools;
        cursor = result.nextCursor;
      }
      throw badAnswer('tools/list', `it goes on after ${MOST_PAGES} pages`);
    },
    callTool: async (name, args, call) => {
      const result = readToolResult(await ask('tools/call', { name, arguments: args }, call));
      if (!result) throw badAnswer('tools/call', 'its content is not a list of blocks');
      return result;
    },
    stats: () => channel.stats(),
    onClose: (listener) => channel.onClose(listener),
    close: () => channel.close({ endInput: true }),
  };
}

/** Results of the modern era say whether they are complete; we declare no capability, so nothing else may come. */
function completeResult(method: string, result: unknown): JsonRecord {
  if (!isRecord(result)) throw badAnswer(method, 'the result is not an object');
  const problem = depthProblem(result);
  if (problem !== undefined) throw badAnswer(method, problem);
  if (result.resultType !== 'input_required') return result;
  const requests = isRecord(result.inputRequests) ? Object.values(result.inputRequests) : [];
  const wants = requests.map((request) => (isRecord(request) ? request.method : undefined)).join(', ');
  throw protocolsError('DN_MCP_INPUT_REQUIRED', { method, wants: wants || 'not said', delivered: true });
}

function requestFailed(method: string, error: { code: number; message: string }): DreamnetError {
  const details = { method, reason: error.message, rpcCode: error.code, delivered: true };
  return protocolsError('DN_MCP_REQUEST_FAILED', details);
}

function badAnswer(method: string, reason: string): DreamnetError {
  return protocolsError('DN_MCP_BAD_ANSWER', { method, reason, delivered: true });
}
