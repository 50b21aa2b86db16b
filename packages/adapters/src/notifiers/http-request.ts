import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Clock, TimerHandle } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import { type AnswerReader, createAnswerReader, type HttpAnswer, type ReadState } from './http-answer.js';
import { type HttpRequest, headOf } from './http-head.js';

/** Why there is no answer: the time was up, the caller gave up, or the network or what is behind it failed. */
export interface HttpFailure {
  failure: 'late' | 'given-up' | 'unreachable';
  /** Names addresses and ports at most, never a path or what came from the other side. */
  message: string;
}

export interface HttpLimits {
  signal: AbortSignal;
  /** Monotonic ms. */
  deadlineMs: number;
}

/** Makes POST requests over connections that are kept. */
export interface HttpConnections {
  /** Never rejects. */
  post(request: HttpRequest, limits: HttpLimits): Promise<HttpAnswer | HttpFailure>;
}

/** Kept for as long as the receiver keeps them. */
const KEPT_CONNECTIONS = 8;
/** Kept a little while: a storm of notifications takes them again at once. */
const KEPT_IN_A_STORM = 128;
const STORM_MS = 2000;
/** Up to this length one write of head and body together is cheaper than two. */
const SHORT_BODY = 16 * 1024;

/**
 * Connections of one receiver. They are closed by the receiver or with the process, and hold neither up.
 *
 * Written on sockets because a notification is one small POST: node:http costs four times as much for it, and a fleet
 * that fails at once sends 100,000.
 */
export function createHttpConnections(clock: Clock): HttpConnections {
  return new KeptConnections(clock);
}

/** One request on its way. */
interface Exchange {
  request: HttpRequest;
  limits: HttpLimits;
  reader: AnswerReader;
  connection: Connection | undefined;
  timer: TimerHandle | undefined;
  settle: (outcome: HttpAnswer | HttpFailure) => void;
}

interface Connection {
  socket: Socket;
  /** Those of one key are as good as each other. */
  key: string;
  exchange: Exchange | undefined;
  /** Has it brought an answer before? */
  isUsed: boolean;
  /** Are there pieces of a request that have not been written? */
  isSending: boolean;
}

class KeptConnections implements HttpConnections {
  private readonly clock: Clock;
  private readonly free = new Map<string, Connection[]>();
  private readonly givers = new WeakMap<AbortSignal, Set<Exchange>>();
  private sweeping: TimerHandle | undefined;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  post(request: HttpRequest, limits: HttpLimits): Promise<HttpAnswer | HttpFailure> {
    return new Promise((resolve) => {
      const waiting = this.waitingOn(limits.signal);
      const settle = (outcome: HttpAnswer | HttpFailure): void => {
        waiting.delete(exchange);
        this.clock.clearTimeout(exchange.timer as TimerHandle);
        exchange.connection = undefined;
        resolve(outcome);
      };
      const exchange: Exchange = {
        ...{ request, limits, settle },
        reader: createAnswerReader(),
        connection: undefined,
        timer: undefined,
      };
      const leftMs = limits.deadlineMs - this.clock.monotonic();
      exchange.timer = this.clock.setTimeout(() => fail(exchange, 'late', 'the time is up'), leftMs);
      waiting.add(exchange);
      if (limits.signal.aborted) fail(exchange, 'given-up', 'it was given up');
      else this.send(exchange);
    });
  }

  /** Many requests share a signal: one listener is enough for all of them. */
  private waitingOn(signal: AbortSignal): Set<Exchange> {
    const known = this.givers.get(signal);
    if (known) return known;
    const waiting = new Set<Exchange>();
    this.givers.set(signal, waiting);
    signal.addEventListener(
      'abort',
      () => {
        for (const exchange of [...waiting]) fail(exchange, 'given-up', 'it was given up');
      },
      { once: true },
    );
    return waiting;
  }

  private send(exchange: Exchange): void {
    const { request } = exchange;
    try {
      const head = headOf(request);
      const key = keyOf(request);
      const connection = this.free.get(key)?.pop() ?? this.open(request, key);
      connection.exchange = exchange;
      exchange.connection = connection;
      connection.socket.ref();
      if (typeof request.body === 'string') write(connection.socket, head, request.body);
      else writePieces(connection, exchange, [head, ...request.body]);
    } catch (thrown) {
      // A header that cannot be sent, a certificate that is none.
      fail(exchange, 'unreachable', DreamnetError.from(thrown).message);
    }
  }

  private open(request: HttpRequest, key: string): Connection {
    const socket = openSocket(request);
    socket.setNoDelay(true);
    const connection: Connection = { socket, key, exchange: undefined, isUsed: false, isSending: false };
    socket.on('data', (chunk: Buffer) => this.onData(connection, chunk));
    socket.on('end', () => this.onEnd(connection));
    socket.on('error', (error: NodeJS.ErrnoException) => this.onGone(connection, error));
    socket.on('close', () => this.onGone(connection));
    return connection;
  }

  private onData(connection: Connection, chunk: Buffer): void {
    const { exchange } = connection;
    // Nobody has asked for anything.
    if (!exchange) {
      this.drop(connection);
      return;
    }
    const state = exchange.reader.push(chunk);
    if (state === 'open') return;
    connection.exchange = undefined;
    this.release(connection, state);
    exchange.settle(
      state === 'unreadable'
        ? failure('unreachable', 'what answers there does not speak HTTP')
        : exchange.reader.answer(),
    );
  }

  private release(connection: Connection, state: ReadState): void {
    const list = this.free.get(connection.key) ?? [];
    // An answer that came before the request was out ends the connection, too.
    const { socket, isSending } = connection;
    const isOfUse = state === 'whole' && !isSending && socket.writableLength === 0 && !socket.destroyed;
    if (!isOfUse || list.length >= KEPT_IN_A_STORM) {
      this.drop(connection);
      return;
    }
    connection.isUsed = true;
    connection.socket.unref();
    list.push(connection);
    this.free.set(connection.key, list);
    if (list.length <= KEPT_CONNECTIONS) return;
    this.sweeping ??= this.clock.setTimeout(() => this.sweep(), STORM_MS);
  }

  /** The storm may be over: those at the end of the line were used last. */
  private sweep(): void {
    this.sweeping = undefined;
    for (const list of this.free.values())
      for (const connection of list.splice(0, list.length - KEPT_CONNECTIONS)) connection.socket.destroy();
  }

  private onEnd(connection: Connection): void {
    const { exchange } = connection;
    if (!exchange?.reader.end()) {
      this.onGone(connection);
      return;
    }
    connection.exchange = undefined;
    this.drop(connection);
    exchange.settle(exchange.reader.answer());
  }

  private onGone(connection: Connection, error?: NodeJS.ErrnoException): void {
    const { exchange } = connection;
    connection.exchange = undefined;
    this.drop(connection);
    if (!exchange) return;
    // The receiver closed a kept connection just as it was taken again: that says nothing about the receiver.
    if (connection.isUsed && !exchange.reader.hasBegun) this.send(exchange);
    else
      exchange.settle(failure('unreachable', error?.message || error?.code || 'the connection was closed'));
  }

  private drop(connection: Connection): void {
    const list = this.free.get(connection.key);
    const at = list?.indexOf(connection) ?? -1;
    if (at >= 0) list?.splice(at, 1);
    if (list?.length === 0) this.free.delete(connection.key);
    connection.socket.destroy();
  }
}

function fail(exchange: Exchange, kind: HttpFailure['failure'], message: string): void {
  const { connection } = exchange;
  if (connection) {
    connection.exchange = undefined;
    connection.socket.destroy();
  }
  exchange.settle(failure(kind, message));
}

const failure = (kind: HttpFailure['failure'], message: string): HttpFailure => ({ failure: kind, message });

function openSocket({ url, tls }: HttpRequest): Socket {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (url.protocol !== 'https:') return connect({ host, port: Number(url.port || 80) });
  const servername = isIP(host) === 0 ? { servername: host } : {};
  return connectTls({
    host,
    port: Number(url.port || 443),
    ALPNProtocols: ['http/1.1'],
    ...servername,
    ...tls,
  });
}

/** Who presents another certificate, or trusts others, has connections of their own. */
function keyOf({ url, tls }: HttpRequest): string {
  if (url.protocol !== 'https:') return url.origin;
  const parts = [tls.servername, tls.rejectUnauthorized, tls.ca, tls.cert, tls.key];
  return `${url.origin} ${parts.map((part) => String(part ?? '')).join(' ')}`;
}

const ASCII = /^[\0-\x7f]*$/;

function write(socket: Socket, head: string, body: string): void {
  if (body.length <= SHORT_BODY && ASCII.test(head)) {
    socket.write(head + body);
    return;
  }
  socket.cork();
  socket.write(head, 'latin1');
  socket.write(body);
  socket.uncork();
}

/** The head is the first piece. Each is written when the one before has gone, so that no other waits for all of them. */
function writePieces(connection: Connection, exchange: Exchange, pieces: readonly string[]): void {
  let at = 0;
  const next = (): void => {
    if (connection.exchange !== exchange) return;
    const piece = pieces[at];
    connection.isSending = piece !== undefined;
    if (piece === undefined) return;
    at += 1;
    connection.socket.write(piece, at === 1 ? 'latin1' : 'utf8', next);
  };
  next();
}
