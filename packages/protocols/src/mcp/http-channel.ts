import type { Clock } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import { protocolsError } from '../errors.js';
import { parseHttpUrl } from '../http/address.js';
import { exchangeHttp, type HttpAnswer } from '../http/exchange.js';
import { refuseFailure } from '../http/invoke-http.js';
import { mediaTypeOf } from '../http/media-type.js';
import { isRecord, type JsonRecord, parseJson } from '../json-rpc/json.js';
import { type RpcMessage, readRpcMessage } from '../json-rpc/messages.js';
import type { RpcReply } from '../json-rpc/pending-requests.js';
import {
  answerServerRequest,
  type ChannelRequestOptions,
  type McpChannel,
  type McpEra,
  type McpStats,
} from './channel.js';
import { createCloseNotice } from './close-notice.js';
import { saysForgotten } from './forgotten-session.js';
import { createServerAnswers } from './server-answers.js';
import { createSseReader } from './sse.js';

export interface HttpChannelOptions {
  clock: Clock;
  limitBytes: number;
  maxPending: number;
  headers?: Readonly<Record<string, string>>;
}

/** The server does not know the session any more: the request has not run, and only a new handshake helps. */
export type SessionForgotten = 'session-forgotten';

/** One session over HTTP: it ends when the server forgets it. */
export interface HttpSessionChannel extends McpChannel {
  /** As `request`, but a forgotten session is an outcome and closes nothing. */
  ask(
    method: string,
    params: JsonRecord,
    options: ChannelRequestOptions,
  ): Promise<RpcReply | SessionForgotten>;
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
 * @throws DN_HTTP_BAD_URL
 * @source MCP 2026-07-28 and 2025-11-25, basic/transports
 */
export function createHttpChannel(address: string, options: HttpChannelOptions): HttpSessionChannel {
  return new HttpChannel(parseHttpUrl(address), options);
}

class HttpChannel implements HttpSessionChannel {
  private readonly closing = createCloseNotice();
  private readonly counters = { garbageLines: 0, oversizedLines: 0, lateAnswers: 0 };
  /** What a legacy server gave us to repeat with every request. */
  private sessionId: string | undefined;
  private version: string | undefined;
  private era: McpEra | undefined;
  private readonly answers = createServerAnswers((answer) => this.sendAside('POST', answer));
  private inFlight = 0;
  private lastHeardAtMs: number | null = null;
  private nextId = 1;

  constructor(
    private readonly url: URL,
    private readonly options: HttpChannelOptions,
  ) {}

  async request(method: string, params: JsonRecord, wait: ChannelRequestOptions): Promise<RpcReply> {
    const reply = await this.ask(method, params, wait);
    if (reply !== 'session-forgotten') return reply;
    throw this.closing.close('the server has forgotten the session');
  }

  async ask(
    method: string,
    params: JsonRecord,
    wait: ChannelRequestOptions,
  ): Promise<RpcReply | SessionForgotten> {
    if (this.closing.error) throw this.closing.error;
    const { inFlight } = this;
    if (inFlight >= this.options.maxPending)
      throw protocolsError('DN_MCP_BUSY', { method, reason: `${inFlight} requests wait`, delivered: false });
    this.inFlight += 1;
    const id = this.nextId++;
    try {
      return await this.post({ jsonrpc: '2.0', id, method, params }, wait);
    } catch (thrown) {
      const error = DreamnetError.from(thrown);
      // A modern server sees the cancellation in the closed stream; a legacy one must be told.
      if (wait.isCancellable && this.era === 'legacy' && error.details.delivered === true)
        void this.notify('notifications/cancelled', { requestId: id });
      throw inMcpWords(error, method, wait.timeoutMs);
    } finally {
      this.inFlight -= 1;
    }
  }

  async notify(method: string, params: JsonRecord): Promise<void> {
    await this.sendAside('POST', { jsonrpc: '2.0', method, params });
  }

  adopt(version: string, era: McpEra): void {
    this.version = version;
    this.era = era;
  }

  onClose(listener: (error: DreamnetError) => void): void {
    this.closing.listen(listener);
  }

  stats(): McpStats {
    const { inFlight, counters, lastHeardAtMs } = this;
    return { inFlight, ...counters, unansweredRequests: this.answers.dropped, lastHeardAtMs };
  }

  async close(): Promise<void> {
    if (this.closing.error) return;
    this.closing.close('closed by this client');
    this.answers.stop();
    // Ending a session is a courtesy; a server may refuse it (405) or be gone.
    if (this.sessionId !== undefined) await this.sendAside('DELETE');
  }

  private async post(
    message: JsonRecord & { id: number },
    wait: ChannelRequestOptions,
  ): Promise<RpcReply | SessionForgotten> {
    const { url, options, sessionId } = this;
    const onOther = (other: RpcMessage) => this.receive(other);
    const reader = createReplyReader(message.id, onOther);
    const answer = await exchangeHttp({
      url,
      clock: options.clock,
      method: 'POST',
      headers: this.headersFor(message),
      body: JSON.stringify(message),
      limitBytes: Math.min(options.limitBytes, wait.limitBytes ?? Number.POSITIVE_INFINITY),
      timeoutMs: wait.timeoutMs,
      ...(wait.signal && { signal: wait.signal }),
      onChunk: (chunk, head) =>
        isEventStream(head.headers['content-type']) ? reader.pushEvents(chunk) : 'keep',
    });
    if (message.method === 'initialize') this.noteSession(answer);
    else if (sessionId !== undefined && saysForgotten(answer)) return 'session-forgotten';
    const reply = reader.reply() ?? readJsonReply(answer, message.id, onOther);
    if (reply) return reply;
    refuseFailure(answer, url);
    throw protocolsError('DN_MCP_BAD_ANSWER', {
      method: message.method,
      reason: `HTTP ${answer.status} without a JSON-RPC answer`,
      delivered: true,
    });
  }

  private noteSession(answer: HttpAnswer): void {
    const id = answer.headers['mcp-session-id'];
    if (typeof id === 'string') this.sessionId = id;
  }

  private receive(message: RpcMessage): void {
    if (message.kind === 'invalid') this.counters.garbageLines += 1;
    else this.lastHeardAtMs = this.options.clock.monotonic();
    if (message.kind === 'request' && this.era !== 'modern')
      this.answers.give(answerServerRequest(message.id, message.method));
  }

  /** Nobody waits for its answer; that the server is gone shows at the next request. */
  private async sendAside(method: 'POST' | 'DELETE', message?: JsonRecord): Promise<void> {
    await exchangeHttp({
      url: this.url,
      clock: this.options.clock,
      method,
      headers: this.headersFor(message ?? {}),
      ...(message && { body: JSON.stringify(message) }),
      timeoutMs: SIDE_MESSAGE_TIMEOUT_MS,
      limitBytes: 4096,
      onLimit: 'cut',
    }).catch(() => undefined);
  }

  private headersFor(message: JsonRecord): Record<string, string> {
    return {
      ...this.options.headers,
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      ...(this.version !== undefined && { 'mcp-protocol-version': this.version }),
      ...(this.sessionId !== undefined && { 'mcp-session-id': this.sessionId }),
      ...modernHeaders(message),
    };
  }
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
  return mediaTypeOf(contentType) === 'text/event-stream';
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
