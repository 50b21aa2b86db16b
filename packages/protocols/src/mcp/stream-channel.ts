import type { Readable, Writable } from 'node:stream';
import type { Clock } from '@dreamnet/contracts';
import type { DreamnetError } from '@dreamnet/kit';
import { protocolsError } from '../errors.js';
import { type JsonRecord, parseJson } from '../json-rpc/json.js';
import { type RpcMessage, readRpcMessage } from '../json-rpc/messages.js';
import { createPendingRequests, type PendingRequests, type RpcReply } from '../json-rpc/pending-requests.js';
import { type LineWas, type PacedLines, readPacedLines } from '../lines/paced-lines.js';
import {
  answerServerRequest,
  type ChannelRequestOptions,
  type McpChannel,
  type McpEra,
  type McpStats,
} from './channel.js';
import { createCloseNotice } from './close-notice.js';

export interface StreamChannelOptions {
  clock: Clock;
  lineLimitBytes: number;
  /** Most requests that wait at a time; more are refused. */
  maxPending: number;
}

/** Bytes that may wait for a server that does not read; with more, new requests are refused, so memory stays bounded. */
const BACKLOG_LIMIT_BYTES = 4 * 1024 * 1024;

/** A batch has as many answers as there are requests that wait, and some notifications. */
const MOST_IN_A_BATCH = 1000;
/** Shorter than a probe waits, so that it still hears of it; what lies in a pipe is read within it. */
const MUTE_LIMIT_MS = 500;

const noop = () => undefined;

interface ChildStreams {
  stdin: Writable;
  stdout: Readable;
}

/**
 * JSON-RPC, one message a line, over a child's pipes. The child belongs to whoever started it: nothing here spawns,
 * signals or waits for it.
 *
 * @source MCP 2026-07-28, basic/transports/stdio
 */
export function createStreamChannel(streams: ChildStreams, options: StreamChannelOptions): McpChannel {
  return new StreamChannel(streams, options);
}

class StreamChannel implements McpChannel {
  private readonly pending: PendingRequests;
  private readonly lines: PacedLines;
  /** Requests whose line has not wholly gone into the pipe: if the pipe ends now, they never arrived. */
  private readonly unsent = new Set<number>();
  private readonly closing = createCloseNotice();
  private readonly counters = { garbageLines: 0, oversizedLines: 0, lateAnswers: 0, unansweredRequests: 0 };
  private lastHeardAtMs: number | null = null;
  private nextId = 1;
  private era: McpEra | undefined;
  /** Since when it has been writing too much, and no message, while somebody waits for an answer; monotonic ms. */
  private muteSinceMs: number | undefined;

  constructor(
    private readonly streams: ChildStreams,
    private readonly options: StreamChannelOptions,
  ) {
    this.pending = createPendingRequests(options.clock);
    this.lines = readPacedLines(streams.stdout, {
      clock: options.clock,
      limitBytes: options.lineLimitBytes,
      onLine: (line) => this.readLine(line),
      onOther: () => {
        this.counters.garbageLines += 1;
      },
      onOversized: () => this.failOversized(),
      onHeld: () => this.giveUpIfMute(),
      onEnd: (half) => this.onEnd(half),
    });
    this.listen();
  }

  async request(method: string, params: JsonRecord, wait: ChannelRequestOptions): Promise<RpcReply> {
    const { timeoutMs, signal } = wait;
    if (signal?.aborted) throw protocolsError('DN_MCP_CANCELLED', { method, delivered: false });
    const refused = this.refusal(method);
    if (refused) throw refused;
    const id = this.nextId++;
    const giveUp = (error: DreamnetError, reason: string) => {
      if (wait.isCancellable) this.write(cancellation(id, reason));
      return error;
    };
    const late = { method, timeoutMs, delivered: true };
    const answered = this.pending.wait(id, {
      timeoutMs,
      ...(signal && { signal }),
      onTimeout: () => giveUp(protocolsError('DN_MCP_TIMEOUT', late), `no answer within ${timeoutMs} ms`),
      onAbort: () => giveUp(protocolsError('DN_MCP_CANCELLED', { method, delivered: true }), 'cancelled'),
    });
    this.unsent.add(id);
    this.lines.asked();
    this.write({ jsonrpc: '2.0', id, method, params }, () => this.unsent.delete(id));
    return answered.finally(() => this.unsent.delete(id));
  }

  /** The pipe keeps the order, so there is nothing to wait for. */
  async notify(method: string, params: JsonRecord): Promise<void> {
    this.write({ jsonrpc: '2.0', method, params });
  }

  adopt(_version: string, era: McpEra): void {
    this.era = era;
  }

  onClose(listener: (error: DreamnetError) => void): void {
    this.closing.listen(listener);
  }

  stats(): McpStats {
    return { inFlight: this.pending.size, ...this.counters, lastHeardAtMs: this.lastHeardAtMs };
  }

  async close({ endInput }: { endInput: boolean }): Promise<void> {
    const { stdin } = this.streams;
    this.shut('closed by this client');
    if (endInput && stdin.writable) stdin.end();
  }

  private listen(): void {
    const { stdin, stdout } = this.streams;
    stdin.once('close', this.onInputClosed);
    for (const stream of [stdin, stdout]) outliveErrors(stream);
    stdout.on('error', this.onReadError);
    stdin.on('error', this.onWriteError);
    if (stdout.readableEnded || stdout.destroyed) this.onEnd(0);
  }

  private readonly onReadError = (error: Error) => this.shut(`reading failed: ${error.message}`);

  private readonly onWriteError = (error: Error) => this.shut(`writing failed: ${error.message}`);

  private onEnd(half: number): void {
    this.shut(
      half > 0 ? `the output ended in the middle of a message (${half} bytes of it)` : 'the output ended',
    );
  }

  private readonly onInputClosed = () => this.shut('the input was closed');

  private shut(reason: string): void {
    this.end((delivered) => protocolsError('DN_MCP_CLOSED', { reason, delivered }), reason);
  }

  /** @param errorOf What those get who wait, by whether their request may have arrived. */
  private end(errorOf: (delivered: boolean) => DreamnetError, reason: string): void {
    if (this.closing.error) return;
    this.lines.stop();
    const { stdin, stdout } = this.streams;
    stdin.off('close', this.onInputClosed).off('error', this.onWriteError);
    stdout.off('error', this.onReadError);
    this.pending.failAll((id) => errorOf(!this.unsent.has(id)));
    this.closing.close(reason);
  }

  private write(message: JsonRecord, onSent: () => void = noop): void {
    const { stdin } = this.streams;
    if (this.closing.error || !stdin.writable) return;
    stdin.write(`${JSON.stringify(message)}\n`, (error) => error ?? onSent());
  }

  private readLine(line: string): LineWas {
    const value = parseJson(line);
    const items = Array.isArray(value) ? value : [value];
    if (items.length > MOST_IN_A_BATCH) {
      this.counters.garbageLines += 1;
      return 'noise';
    }
    const were = items.map((item) => this.receive(readRpcMessage(item)));
    if (were.includes('answer')) return 'answer';
    return were.includes('message') ? 'message' : 'noise';
  }

  private receive(message: RpcMessage): LineWas {
    if (message.kind === 'invalid') {
      this.counters.garbageLines += 1;
      return 'noise';
    }
    this.lastHeardAtMs = this.options.clock.monotonic();
    this.muteSinceMs = undefined;
    const reply = replyIn(message);
    if (reply && this.pending.answer(reply.id, reply.reply)) return 'answer';
    if (reply) this.counters.lateAnswers += 1;
    if (message.kind !== 'request') return 'message';
    // A modern server must not ask and a modern client must not answer on this stream.
    if (this.era === 'modern') this.counters.garbageLines += 1;
    // One that asks and does not read is not written to without end.
    else if (this.streams.stdin.writableLength <= BACKLOG_LIMIT_BYTES)
      this.write(answerServerRequest(message.id, message.method));
    else this.counters.unansweredRequests += 1;
    return 'message';
  }

  /** Whoever waits learns what came instead of an answer, and the program waits until it is asked again. */
  private giveUpIfMute(): void {
    const nowMs = this.options.clock.monotonic();
    if (this.pending.size === 0) this.muteSinceMs = undefined;
    else this.muteSinceMs ??= nowMs;
    if (this.muteSinceMs === undefined || nowMs - this.muteSinceMs < MUTE_LIMIT_MS) return;
    const noise = this.lines.noise() || 'more than is read';
    const errorOf = (delivered: boolean) => protocolsError('DN_MCP_NOISE', { noise, delivered });
    this.end(errorOf, errorOf(true).message);
  }

  /** Whose answer it was cannot be told, so all that wait are failed rather than left to their deadlines. */
  private failOversized(): void {
    this.counters.oversizedLines += 1;
    const details = { limitBytes: this.options.lineLimitBytes, delivered: true };
    this.pending.failAll(() => protocolsError('DN_MCP_ANSWER_TOO_LONG', details));
  }

  private refusal(method: string): DreamnetError | undefined {
    if (this.closing.error) return this.closing.error;
    if (this.pending.size >= this.options.maxPending)
      return busy(method, `${this.pending.size} requests wait already, the limit`);
    const { stdin } = this.streams;
    if (!stdin.writable)
      return protocolsError('DN_MCP_CLOSED', { reason: 'the input was closed', delivered: false });
    if (stdin.writableLength > BACKLOG_LIMIT_BYTES)
      return busy(method, `the server does not read: ${stdin.writableLength} bytes wait for it`);
    return undefined;
  }
}

function replyIn(message: RpcMessage): { id: string | number | null; reply: RpcReply } | undefined {
  if (message.kind === 'result') return { id: message.id, reply: { ok: true, result: message.result } };
  if (message.kind === 'error') return { id: message.id, reply: { ok: false, error: message.error } };
  return undefined;
}

const guarded = new WeakSet<Readable | Writable>();

/** A pipe that breaks after we have gone must not end the whole program; once is enough for all who connect over it. */
function outliveErrors(stream: Readable | Writable): void {
  if (guarded.has(stream)) return;
  guarded.add(stream);
  stream.on('error', noop);
}

function busy(method: string, reason: string): DreamnetError {
  return protocolsError('DN_MCP_BUSY', { method, reason, delivered: false });
}

function cancellation(requestId: number, reason: string): JsonRecord {
  return { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId, reason } };
}
