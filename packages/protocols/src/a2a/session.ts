import type { Clock, ProbeResult } from '@dreamnet/contracts';
import { createId, systemClock } from '@dreamnet/kit';
import { isAnswer } from '../answered.js';
import { DEFAULT_ANSWER_LIMIT_BYTES } from '../client-info.js';
import { protocolsError } from '../errors.js';
import { parseHttpUrl, publicUrl } from '../http/address.js';
import { failureReason } from '../http/http-probe.js';
import { type A2aCard, type A2aInterface, cardUrlOf, chooseInterface } from './card.js';
import { type A2aConnection, type A2aWait, badA2aAnswer, callRpc, fetchCard } from './connection.js';
import { followTask, requestCancel } from './follow-task.js';
import { proveRpc } from './probe.js';
import { textOf } from './task-state.js';
import type { A2aPart, A2aReply, A2aTaskState } from './wire.js';

export interface A2aOptions {
  clock?: Clock;
  /** For the card and the handshake. Default 10 000. */
  connectTimeoutMs?: number;
  /** Longest a call runs unless it says otherwise. Default 60 000. */
  requestTimeoutMs?: number;
  /** Longest each question of a probe waits. Default 1000. */
  probeTimeoutMs?: number;
  /** Longest answer read. Default 32 MiB. */
  limitBytes?: number;
  /** Sent with every request, e.g. `authorization`. Never logged. */
  headers?: Readonly<Record<string, string>>;
  /** Further hosts the card may lead to; without it, only the card's own. */
  allowedHosts?: readonly string[];
  signal?: AbortSignal;
}

export interface A2aInvokeOptions {
  timeoutMs?: number;
  signal?: AbortSignal;
  /** The same id makes a repeat recognisable to the agent. Default a new one. */
  messageId?: string;
}

/** How a call ended. Only `completed` is a success; the others are outcomes, not broken connections. */
export interface A2aResult {
  state: A2aTaskState;
  /** The one data part; else the text; else every part. */
  output: unknown;
  parts: readonly A2aPart[];
  /** What the agent says about the state, e.g. why it failed. */
  statusText: string;
  /** What it says beside the output, of the task, its status and its artifacts: what it used, for one. */
  metadata: Readonly<Record<string, unknown>>;
  /** null when the agent answered with a message at once. */
  taskId: string | null;
}

/** One agent reached over A2A. Holds no connection open between calls; safe to use concurrently. */
export interface A2aSession {
  readonly card: A2aCard;
  readonly protocolVersion: '1.0' | '0.3';
  /** GETs the card (by ETag) and asks the request handler something without effect. Never throws. */
  probe(signal: AbortSignal): Promise<ProbeResult>;
  /** Sends text (a string) or data (anything else) and follows the task to its end. */
  invoke(input: unknown, options?: A2aInvokeOptions): Promise<A2aResult>;
  /** Asks the agent to cancel a task; does not wait for it. */
  cancel(taskId: string): void;
  /** Ends calls in flight as cancelled and refuses new ones. Idempotent. */
  close(): void;
}

interface SessionContext {
  connection: A2aConnection;
  target: A2aInterface;
  options: A2aOptions;
  closing: AbortSignal;
}

/**
 * Fetches an agent's card and prepares calls.
 *
 * @param baseUrl The agent's base URL, or its card's own URL (ending in `.json`).
 * @throws DN_A2A_BAD_CARD, DN_A2A_FOREIGN_ADDRESS, DN_HTTP_*
 */
export async function connectA2a(baseUrl: string, options: A2aOptions = {}): Promise<A2aSession> {
  const connection: A2aConnection = {
    clock: options.clock ?? systemClock(),
    limitBytes: options.limitBytes ?? DEFAULT_ANSWER_LIMIT_BYTES,
    allowedHosts: options.allowedHosts ?? [],
    headers: options.headers ?? {},
  };
  const cardUrl = cardUrlOf(parseHttpUrl(baseUrl));
  const fetched = await fetchCard(connection, cardUrl, {
    timeoutMs: options.connectTimeoutMs ?? 10_000,
    ...(options.signal && { signal: options.signal }),
  });
  const { card, etag } = fetched;
  if (!card)
    throw protocolsError('DN_A2A_BAD_CARD', { url: publicUrl(cardUrl), reason: 'answered 304 unasked' });
  const target = chooseInterface(card, fetched.url, connection.allowedHosts);
  const closing = new AbortController();
  const context: SessionContext = { connection, target, options, closing: closing.signal };
  return {
    card,
    protocolVersion: target.wire.version,
    probe: createCardProbe(context, cardUrl, etag),
    invoke: (input, call = {}) => invoke(context, input, call),
    cancel: (taskId) => requestCancel(connection, target, taskId),
    close: () => closing.abort(),
  };
}

async function invoke(context: SessionContext, input: unknown, call: A2aInvokeOptions): Promise<A2aResult> {
  const { connection, target, closing } = context;
  if (closing.aborted)
    throw protocolsError('DN_A2A_CLOSED', { url: publicUrl(target.url), delivered: false });
  const timeoutMs = call.timeoutMs ?? context.options.requestTimeoutMs ?? 60_000;
  const deadlineMs = connection.clock.monotonic() + timeoutMs;
  const signal = call.signal ? AbortSignal.any([call.signal, closing]) : closing;
  const reply = await send(context, input, { timeoutMs, signal, messageId: call.messageId });
  if (reply.kind === 'message')
    return {
      ...{ state: 'completed', statusText: '', taskId: null, metadata: reply.metadata },
      ...outputOf(reply.parts),
    };
  const task = await followTask(connection, target, { ...reply, deadlineMs, timeoutMs, signal });
  return {
    state: task.state,
    ...outputOf(task.parts),
    statusText: task.statusText,
    metadata: task.metadata,
    taskId: task.taskId,
  };
}

async function send(
  context: SessionContext,
  input: unknown,
  wait: A2aWait & { messageId: string | undefined },
): Promise<A2aReply> {
  const { target } = context;
  const method = target.wire.methods.send;
  const part: A2aPart =
    typeof input === 'string' ? { kind: 'text', text: input } : { kind: 'data', data: input };
  const params = target.wire.sendParams(wait.messageId ?? createId('message'), part);
  const { messageId: _, ...limits } = wait;
  const reply = await callRpc(context.connection, target, { ...limits, method, params });
  if (!reply.ok) {
    const { code, message } = reply.error;
    throw protocolsError('DN_A2A_REQUEST_FAILED', {
      method,
      reason: message,
      rpcCode: code,
      delivered: true,
    });
  }
  const read = target.wire.readReply(reply.result);
  if (!read) throw badA2aAnswer(target, method, 'the result is neither a message nor a task');
  return read;
}

function outputOf(parts: readonly A2aPart[]): { output: unknown; parts: readonly A2aPart[] } {
  const [only] = parts;
  if (parts.length === 1 && only?.kind === 'data') return { output: only.data, parts };
  const isText = parts.length > 0 && parts.every((part) => part.kind === 'text');
  return { output: isText ? textOf(parts) : parts, parts };
}

function createCardProbe(context: SessionContext, cardUrl: URL, firstEtag: string | undefined) {
  const { connection, target } = context;
  let etag = firstEtag;
  return async (signal: AbortSignal): Promise<ProbeResult> => {
    const startedMs = connection.clock.monotonic();
    const asked: string[] = [];
    const settle = (
      verdict: Pick<ProbeResult, 'ok' | 'isAnswered' | 'reason'>,
      more: object = {},
    ): ProbeResult => ({
      ...verdict,
      latencyMs: connection.clock.monotonic() - startedMs,
      evidence: { asked, protocol: `A2A ${target.wire.version}`, ...more },
    });
    const wait = { timeoutMs: context.options.probeTimeoutMs ?? 1000, signal };
    try {
      asked.push(`GET ${publicUrl(cardUrl)}`);
      const fetched = await fetchCard(connection, cardUrl, { ...wait, ...(etag !== undefined && { etag }) });
      etag = fetched.etag ?? etag;
      asked.push(target.wire.methods.list ?? target.wire.methods.get);
      const proof = await proveRpc(connection, target, wait);
      asked[1] = proof.asked;
      return settle({ ok: proof.ok, isAnswered: true, reason: proof.reason }, { cardStatus: fetched.status });
    } catch (thrown) {
      const failure = failureReason(thrown);
      const reason = asked.length === 2 ? `the card is served, but ${asked[1]}: ${failure}` : failure;
      return settle({ ok: false, isAnswered: isAnswer(thrown), reason });
    }
  };
}
