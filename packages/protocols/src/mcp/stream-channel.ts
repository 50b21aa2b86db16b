import type { Readable, Writable } from 'node:stream';
import type { Clock } from '@dreamnet/contracts';
import type { DreamnetError } from '@dreamnet/kit';
import { protocolsError } from '../errors.js';
import { type JsonRecord, parseJson } from '../json-rpc/json.js';
import { type RpcMessage, readRpcMessage } from '../json-rpc/messages.js';
import { createPendingRequests } from '../json-rpc/pending-requests.js';
import { answerServerRequest, type ChannelRequestOptions, type McpChannel, type McpEra } from './channel.js';
import { createLineSplitter } from './line-splitter.js';

export interface StreamChannelOptions {
  clock: Clock;
  lineLimitBytes: number;
  /** Most requests that wait at a time; more are refused. */
  maxPending: number;
}

/**
 * Bytes that may wait for a server that does not read: enough for one large call, and a stopped server asked every
 * second for a day stays below it only because further requests are then refused.
 */
const BACKLOG_LIMIT_BYTES = 4 * 1024 * 1024;

const noop = () => undefined;

/**
 * JSON-RPC, one message a line, over a child's pipes. The child belongs to whoever started it: nothing here spawns,
 * signals or waits for it.
 *
 * @source MCP 2026-07-28, basic/transports/stdio
 */
export function createStreamChannel(
  streams: { stdin: Writable; stdout: Readable },
  options: StreamChannelOptions,
): McpChannel {
  const { clock } = options;
  const { stdin, stdout } = streams;
  const pending = createPendingRequests(clock);
  const unsent = new Set<number>();
  const closeListeners = new Set<(error: DreamnetError) => void>();
  const counters = { garbageLines: 0, oversizedLines: 0, lateAnswers: 0 };
  let lastHeardAtMs: number | null = null;
  let nextId = 1;
  let era: McpEra | undefined;
  let closed: DreamnetError | undefined;

  const write = (message: JsonRecord, onSent: () => void = noop) => {
    if (!closed && stdin.writable) stdin.write(`${JSON.stringify(message)}\n`, (error) => error ?? onSent());
  };
  const receive = (message: RpcMessage) => {
    if (message.kind === 'invalid') counters.garbageLines += 1;
    else lastHeardAtMs = clock.monotonic();
    if (message.kind === 'result' || message.kind === 'error') {
      const reply =
        message.kind === 'result'
          ? ({ ok: true, result: message.result } as const)
          : ({ ok: false, error: message.error } as const);
      if (!pending.answer(message.id, reply)) counters.lateAnswers += 1;
    } else if (message.kind === 'request') {
      // A modern server must not ask and a modern client must not answer on this stream.
      if (era === 'modern') counters.garbageLines += 1;
      else write(answerServerRequest(message.id, message.method));
    }
  };
  const splitter = createLineSplitter({
    limitBytes: options.lineLimitBytes,
    onLine: (line) => {
      const value = parseJson(line);
      for (const item of Array.isArray(value) ? value : [value]) receive(readRpcMessage(item));
    },
    onOversized: () => {
      counters.oversizedLines += 1;
      // Whose answer it was cannot be told, so all that wait are failed rather than left to their deadlines.
      const details = { limitBytes: options.lineLimitBytes, delivered: true };
      pending.failAll(() => protocolsError('DN_MCP_ANSWER_TOO_LONG', details));
    },
  });

  const onData = (chunk: Buffer | string) =>
    splitter.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  const shut = (reason: string) => {
    if (closed) return;
    closed = protocolsError('DN_MCP_CLOSED', { reason, delivered: false });
    stdout.off('data', onData);
    pending.failAll((id) => protocolsError('DN_MCP_CLOSED', { reason, delivered: !unsent.has(id) }));
    for (const listener of closeListeners) listener(closed);
    closeListeners.clear();
  };
  const onEnd = () => {
    const half = splitter.unfinishedBytes;
    shut(half > 0 ? `the output ended in the middle of a message (${half} bytes of it)` : 'the output ended');
  };
  stdout.on('data', onData);
  stdout.once('end', onEnd);
  stdout.once('close', onEnd);
  stdout.on('error', (error) => shut(`reading failed: ${error.message}`));
  stdin.on('error', (error) => shut(`writing failed: ${error.message}`));
  stdin.once('close', () => shut('the input was closed'));
  if (stdout.readableEnded || stdout.destroyed) onEnd();

  const refusal = (method: string): DreamnetError | undefined => {
    if (closed) return closed;
    if (pending.size >= options.maxPending)
      return busy(method, `${pending.size} requests wait already, the limit`);
    if (stdin.writableLength > BACKLOG_LIMIT_BYTES)
      return busy(method, `the server does not read: ${stdin.writableLength} bytes wait for it`);
    return undefined;
  };
  const request = async (method: string, params: JsonRecord, wait: ChannelRequestOptions) => {
    const refused = refusal(method);
    if (refused) throw refused;
    const id = nextId++;
    const giveUp = (error: DreamnetError, reason: string) => {
      if (wait.isCancellable) write(cancellation(id, reason));
      return error;
    };
    const { timeoutMs } = wait;
    const late = { method, timeoutMs, delivered: true };
    const answered = pending.wait(id, {
      timeoutMs,
      ...(wait.signal && { signal: wait.signal }),
      onTimeout: () => giveUp(protocolsError('DN_MCP_TIMEOUT', late), `no answer within ${timeoutMs} ms`),
      onAbort: () => giveUp(protocolsError('DN_MCP_CANCELLED', { method, delivered: true }), 'cancelled'),
    });
    unsent.add(id);
    if (!wait.signal?.aborted) write({ jsonrpc: '2.0', id, method, params }, () => unsent.delete(id));
    return answered.finally(() => unsent.delete(id));
  };

  return {
    request,
    notify: (method, params) => write({ jsonrpc: '2.0', method, params }),
    adopt: (_version, adopted) => {
      era = adopted;
    },
    onClose: (listener) => {
      if (closed) listener(closed);
      else closeListeners.add(listener);
    },
    stats: () => ({ inFlight: pending.size, ...counters, lastHeardAtMs }),
    close: async ({ endInput }) => {
      shut('closed by this client');
      stdout.pause();
      if (endInput && stdin.writable) stdin.end();
    },
  };
}

function busy(method: string, reason: string): DreamnetError {
  return protocolsError('DN_MCP_BUSY', { method, reason, delivered: false });
}

function cancellation(requestId: number, reason: string): JsonRecord {
  return { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId, reason } };
}
