import type { Clock } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import { protocolsError } from '../errors.js';
import { parseHttpUrl } from '../http/address.js';
import { exchangeHttp, type HttpAnswer } from '../http/exchange.js';
import { refuseFailure } from '../http/invoke-http.js';
import { isRecord, type JsonRecord, parseJson } from '../json-rpc/json.js';
import { type RpcMessage, readRpcMessage } from '../json-rpc/messages.js';
import type { RpcReply } from '../json-rpc/pending-requests.js';
import { answerServerRequest, type ChannelRequestOptions, type McpChannel, type McpEra } from './channel.js';
import { createSseReader } from './sse.js';

export interface HttpChannelOptions {
  clock: Clock;
  limitBytes: number;
  maxPending: number;
  headers?: Readonly<Record<string, string>>;
}

/** Notifications and answers to the server are short: what is not taken in this time is lost. */
const SIDE_MESSAGE_TIMEOUT_MS = 5000;

/** Which params member names the thing a request is about; it is repeated in the `Mcp-Name` header. */
const NAMED_BY: Readonly<Record<string, string>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
};

/**
 * JSON-RPC over MCP's Streamable HTTP: one POST a message, answered by JSON or an event stream.
 *
 * @source MCP 2026-07-28 and 2025-11-25, basic/transports
 */
export function createHttpChannel(address: string, options: HttpChannelOptions): McpChannel {
  const { clock } = options;
  const url = parseHttpUrl(address);
  const closeListeners = new Set<(error: DreamnetError) => void>();
  const counters = { garbageLines: 0, oversizedLines: 0, lateAnswers: 0 };
  const session: { id?: string; version?: string; era?: McpEra } = {};
  let inFlight = 0;
  let lastHeardAtMs: number | null = null;
  let nextId = 1;
  let closed: DreamnetError | undefined;

  const shut = (reason: string) => {
    if (closed) return;
    closed = protocolsError('DN_MCP_CLOSED', { reason, delivered: false });
    for (const listener of closeListeners) listener(closed);
    closeListeners.clear();
  };
  const headersFor = (message: JsonRecord): Record<string, string> => ({
    ...options.headers,
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json',
    ...(session.version !== undefined && { 'mcp-protocol-version': session.version }),
    ...(session.id !== undefined && { 'mcp-session-id': session.id }),
    ...modernHeaders(message),
  });
  const sendAside = (message: JsonRecord) => {
    const body = JSON.stringify(message);
    const limits = { timeoutMs: SIDE_MESSAGE_TIMEOUT_MS, limitBytes: 4096, onLimit: 'cut' as const };
    // Nobody waits for it; that the server is gone shows at the next request.
    exchangeHttp({ url, clock, method: 'POST', headers: headersFor(message), body, ...limits }).catch(
      () => undefined,
    );
  };
  const receive = (message: RpcMessage) => {
    if (message.kind === 'invalid') counters.garbageLines += 1;
    else lastHeardAtMs = clock.monotonic();
    if (message.kind === 'request' && session.era !== 'modern')
      sendAside(answerServerRequest(message.id, message.method));
  };

  const post = async (message: JsonRecord & { id: number }, wait: ChannelRequestOptions) => {
    const reader = createReplyReader(message.id, receive);
    const answer = await exchangeHttp({
      url,
      clock,
      method: 'POST',
      headers: headersFor(message),
      body: JSON.stringify(message),
      limitBytes: options.limitBytes,
      timeoutMs: wait.timeoutMs,
      ...(wait.signal && { signal: wait.signal }),
      onChunk: (chunk, head) =>
        isEventStream(head.headers['content-type']) ? reader.pushEvents(chunk) : 'keep',
    });
    if (answer.status === 404 && session.id !== undefined) shut('the server has forgotten the session');
    const id = answer.headers['mcp-session-id'];
    if (typeof id === 'string' && message.method === 'initialize') session.id = id;
    const reply = reader.reply() ?? readJsonReply(answer, message.id, receive);
    if (reply) return reply;
    refuseFailure(answer, url);
    throw protocolsError('DN_MCP_BAD_ANSWER', {
      method: message.method,
      reason: `HTTP ${answer.status} without a JSON-RPC answer`,
      delivered: true,
    });
  };

  return {
    request: async (method, params, wait) => {
      if (closed) throw closed;
      if (inFlight >= options.maxPending)
        throw protocolsError('DN_MCP_BUSY', {
          method,
          reason: `${inFlight} requests wait`,
          delivered: false,
        });
      inFlight += 1;
      const id = nextId++;
      try {
        return await post({ jsonrpc: '2.0', id, method, params }, wait);
      } catch (thrown) {
        const error = DreamnetError.from(thrown);
        // A modern server sees the cancellation in the closed stream; a legacy one must be told.
        if (wait.isCancellable && session.era === 'legacy' && error.details.delivered === true)
          sendAside({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id } });
        throw inMcpWords(error, method, wait.timeoutMs);
      } finally {
        inFlight -= 1;
      }
    },
    notify: (method, params) => sendAside({ jsonrpc: '2.0', method, params }),
    adopt: (version, era) => Object.assign(session, { version, era }),
    onClose: (listener) => {
      if (closed) listener(closed);
      else closeListeners.add(listener);
    },
    stats: () => ({ inFlight, ...counters, lastHeardAtMs }),
    close: async () => {
      if (closed) return;
      shut('closed by this client');
      if (session.id === undefined) return;
      const limits = { timeoutMs: SIDE_MESSAGE_TIMEOUT_MS, limitBytes: 4096, onLimit: 'cut' as const };
      // Ending a session is a courtesy; a server may refuse it (405) or be gone.
      await exchangeHttp({ url, clock, method: 'DELETE', headers: headersFor({}), ...limits }).catch(
        () => undefined,
      );
    },
  };
}

function createReplyReader(id: number, onOther: (message: RpcMessage) => void) {
  let found: RpcReply | undefined;
  const reader = createSseReader((data) => {
    const message = readRpcMessage(parseJson(data));
    const reply = asReply(message, id);
    if (reply) found = reply;
    onOther(message);
  });
  return {
    pushEvents: (chunk: Buffer) => {
      reader.push(chunk);
      return found ? ('end' as const) : ('skip' as const);
    },
    reply: () => found,
  };
}

function readJsonReply(answer: HttpAnswer, id: number, onMessage: (message: RpcMessage) => void) {
  const value = parseJson(answer.body.toString('utf8'));
  if (value === undefined) return undefined;
  const message = readRpcMessage(value);
  onMessage(message);
  return asReply(message, id);
}

/** An error without an id answers the request it came back for: over HTTP there is only one. */
function asReply(message: RpcMessage, id: number): RpcReply | undefined {
  if (message.kind === 'result' && message.id === id) return { ok: true, result: message.result };
  if (message.kind === 'error' && (message.id === id || message.id === null))
    return { ok: false, error: message.error };
  return undefined;
}

function modernHeaders(message: JsonRecord): Record<string, string> {
  const params = isRecord(message.params) ? message.params : {};
  const meta = isRecord(params._meta) ? params._meta : {};
  const version = meta['io.modelcontextprotocol/protocolVersion'];
  if (typeof version !== 'string' || typeof message.method !== 'string') return {};
  const member = NAMED_BY[message.method];
  const name = member === undefined ? undefined : params[member];
  return {
    'mcp-protocol-version': version,
    'mcp-method': message.method,
    ...(typeof name === 'string' && { 'mcp-name': headerValue(name) }),
  };
}

/**
 * Text as a header value: plain when printable ASCII without surrounding blanks, else in the Base64 wrapping.
 *
 * @source MCP 2026-07-28, basic/transports/streamable-http, "Value Encoding"
 */
export function headerValue(text: string): string {
  const isPlain = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text) && !/^=\?base64\?.*\?=$/.test(text);
  return isPlain ? text : `=?base64?${Buffer.from(text, 'utf8').toString('base64')}?=`;
}

function isEventStream(contentType: string | undefined): boolean {
  return contentType?.startsWith('text/event-stream') ?? false;
}

/** Callers meet one vocabulary, whichever way the server is reached. */
function inMcpWords(error: DreamnetError, method: string, timeoutMs: number): DreamnetError {
  const delivered = error.details.delivered;
  if (error.code === 'DN_HTTP_TIMEOUT')
    return protocolsError('DN_MCP_TIMEOUT', { method, timeoutMs, delivered }, error);
  if (error.code === 'DN_HTTP_CANCELLED')
    return protocolsError('DN_MCP_CANCELLED', { method, delivered }, error);
  return error;
}
