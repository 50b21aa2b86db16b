import {
  type ClientRequest,
  type Agent as HttpAgent,
  type IncomingMessage,
  request as requestPlain,
} from 'node:http';
import { Agent as HttpsAgent, type RequestOptions, request as requestTls } from 'node:https';
import type { Clock, TimerHandle } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import type { RevealedAccess } from './http-access.js';
import { CONNECTION_LIMIT, IDLE_MS, KeptConnections } from './kept-connections.js';

/** One POST. */
export interface HttpRequest {
  url: URL;
  /** In pieces it goes out piece by piece, as the receiver takes them. */
  body: string | readonly string[];
  headers: Readonly<Record<string, string>>;
  tls: RevealedAccess['tls'];
}

/** What a receiver answered. `text` is the beginning of its body, on one line. */
export interface HttpAnswer {
  status: number;
  text: string;
  /** The value of a header, undefined without it. @param name In small letters. */
  header: (name: 'location' | 'retry-after') => string | undefined;
}

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

/** Enough of an answer to explain a refusal; a receiver that sends more is cut off. */
const TEXT_LIMIT_BYTES = 2048;
/** What says where a message ends is ours to say. */
const OWN_HEADERS: readonly string[] = ['content-length', 'transfer-encoding', 'connection'];

/** Connections of one receiver. Those that are not in use do not hold the process up. */
export function createHttpConnections(clock: Clock): HttpConnections {
  const kept = { keepAlive: true, maxSockets: CONNECTION_LIMIT, maxFreeSockets: CONNECTION_LIMIT };
  const agents: Agents = {
    plain: new KeptConnections(clock),
    tls: new HttpsAgent({ ...kept, timeout: IDLE_MS, ALPNProtocols: ['http/1.1'] }),
  };
  const givers = createGivers();
  const targets = createTargets();
  return {
    post: (request, limits) =>
      new Promise((resolve) => {
        const waiting = givers.waitingOn(limits.signal);
        new Exchange({ request, limits, clock, agents, targets, waiting, resolve }).begin();
      }),
  };
}

/** What waits for an answer. A list and not a set: those grow anew again and again when thousands come and go. */
type Waiting = Exchange[];

interface Givers {
  /** Those to be given up when the signal says so. */
  waitingOn(signal: AbortSignal): Waiting;
}

/** Many requests share a signal: one listener is enough for all of them, and Node warns of more than ten. */
function createGivers(): Givers {
  const givers = new WeakMap<AbortSignal, Waiting>();
  return {
    waitingOn: (signal) => {
      const known = givers.get(signal);
      if (known) return known;
      const waiting: Waiting = [];
      givers.set(signal, waiting);
      const giveUp = (): void => {
        for (const exchange of [...waiting]) exchange.giveUp();
      };
      signal.addEventListener('abort', giveUp, { once: true });
      return waiting;
    },
  };
}

interface Agents {
  plain: KeptConnections;
  tls: HttpsAgent;
}

interface ExchangeOptions {
  request: HttpRequest;
  limits: HttpLimits;
  clock: Clock;
  agents: Agents;
  targets: Targets;
  /** Where the request stands until it is settled. */
  waiting: Waiting;
  resolve: (outcome: HttpAnswer | HttpFailure) => void;
}

/** One request on its way. What happens after it is settled is of no interest. */
class Exchange {
  private readonly options: ExchangeOptions;
  private outgoing: ClientRequest | undefined;
  private timer: TimerHandle | undefined;
  /** Its place among those that wait. */
  private place = -1;
  private hasAnswer = false;
  private isSettled = false;

  constructor(options: ExchangeOptions) {
    this.options = options;
  }

  begin(): void {
    const { clock, limits, agents, waiting, request } = this.options;
    if (limits.signal.aborted) {
      this.giveUp();
      return;
    }
    this.place = waiting.push(this) - 1;
    const leftMs = limits.deadlineMs - clock.monotonic();
    this.timer = clock.setTimeout(() => this.fail('late', 'the time is up'), leftMs);
    this.send(request.url.protocol === 'https:' ? agents.tls : agents.plain);
  }

  giveUp(): void {
    this.fail('given-up', 'it was given up');
  }

  /** @param agent Without one the request has a new connection for itself. */
  private send(agent: HttpAgent | false): void {
    const { request, targets } = this.options;
    try {
      const outgoing = open(targets.of(request), request, agent);
      this.outgoing = outgoing;
      outgoing.on('response', (incoming) => this.read(incoming));
      outgoing.on('upgrade', (_incoming, socket) => {
        socket.destroy();
        this.fail('unreachable', NO_HTTP);
      });
      outgoing.on('error', (error: NodeJS.ErrnoException) => this.onError(outgoing, error));
      if (typeof request.body === 'string') outgoing.end(request.body);
      else writePieces(outgoing, request.body);
    } catch (thrown) {
      // A header that cannot be sent, a certificate that is none.
      this.fail('unreachable', DreamnetError.from(thrown).message);
    }
  }

  private read(incoming: IncomingMessage): void {
    this.hasAnswer = true;
    const { statusCode: status = 0 } = incoming;
    // Interim answers are passed over by Node; nobody asked for another protocol.
    if (status < 200) {
      this.fail('unreachable', NO_HTTP);
      return;
    }
    this.options.agents.plain.heed(this.outgoing?.socket ?? null, incoming);
    let body: Buffer | undefined;
    const answer = (): void =>
      this.settle({ status, header: (name) => headerOf(incoming, name), text: textOf(body) });
    incoming.on('data', (chunk: Buffer) => {
      body = body === undefined ? chunk : Buffer.concat([body, chunk]);
      if (body.length < TEXT_LIMIT_BYTES) return;
      answer();
      incoming.destroy();
    });
    incoming.on('end', () => {
      // An answer that came before the request was out ends the connection, too.
      if (this.outgoing?.writableFinished === false) this.outgoing.destroy();
      answer();
    });
    incoming.on('error', () => this.fail('unreachable', 'the connection was closed within the answer'));
  }

  private onError(outgoing: ClientRequest, error: NodeJS.ErrnoException): void {
    if (this.isSettled || outgoing !== this.outgoing) return;
    const isClosed = CLOSING_CODES.includes(error.code ?? '') && !this.hasAnswer;
    // The receiver closed a kept connection just as it was taken again: that says nothing about the receiver.
    if (outgoing.reusedSocket && isClosed) this.send(false);
    else this.fail('unreachable', reasonOf(error));
  }

  private fail(failure: HttpFailure['failure'], message: string): void {
    this.settle({ failure, message });
    this.outgoing?.destroy();
  }

  private settle(outcome: HttpAnswer | HttpFailure): void {
    if (this.isSettled) return;
    this.isSettled = true;
    const { clock, resolve } = this.options;
    this.leave();
    if (this.timer !== undefined) clock.clearTimeout(this.timer);
    resolve(outcome);
  }

  /** The last one takes its place. */
  private leave(): void {
    const { waiting } = this.options;
    const last = this.place < 0 ? undefined : waiting.pop();
    if (last === undefined) return;
    last.place = this.place;
    if (last !== this) waiting[this.place] = last;
    this.place = -1;
  }
}

/** What is the same for every request to one address with the same headers. */
interface Target {
  readonly url: URL;
  readonly given: HttpRequest['headers'];
  readonly isTls: boolean;
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** Names and values in turn: Node writes such a list as it is, and keeps no record of each. */
  readonly headers: readonly string[];
}

interface Targets {
  of(request: HttpRequest): Target;
}

/** A notifier has one address: it is taken apart once. */
function createTargets(): Targets {
  let last: Target | undefined;
  return {
    of: ({ url, headers }) => {
      if (last?.url !== url || !isSame(last.given, headers)) last = targetOf(url, headers);
      return last;
    },
  };
}

/** Credentials are read anew for each request, and are mostly the same. */
function isSame(one: HttpRequest['headers'], other: HttpRequest['headers']): boolean {
  if (one === other) return true;
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}

function targetOf(url: URL, given: HttpRequest['headers']): Target {
  const isTls = url.protocol === 'https:';
  return {
    ...{ url, given, isTls, headers: headersOf(url, given) },
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port) || (isTls ? 443 : 80),
    path: `${url.pathname}${url.search}`,
  };
}

function headersOf(url: URL, given: HttpRequest['headers']): string[] {
  const own: Record<string, string> = {
    host: url.host,
    'content-type': 'application/json',
    'user-agent': 'dreamnet',
  };
  for (const name in given) if (!OWN_HEADERS.includes(name)) own[name] = given[name] ?? '';
  return Object.entries(own).flat();
}

function open(target: Target, request: HttpRequest, agent: HttpAgent | false): ClientRequest {
  const { host, port, path } = target;
  const headers = target.headers.concat('content-length', String(lengthOf(request.body)));
  const options: RequestOptions = { agent, method: 'POST', host, port, path, headers };
  return target.isTls ? requestTls({ ...options, ...request.tls }) : requestPlain(options);
}

function lengthOf(body: HttpRequest['body']): number {
  if (typeof body === 'string') return Buffer.byteLength(body);
  return body.reduce((bytes, piece) => bytes + Buffer.byteLength(piece), 0);
}

/** Each is written when the one before has gone, so that no other waits for all of them. */
function writePieces(outgoing: ClientRequest, pieces: readonly string[]): void {
  let at = 0;
  const next = (error?: Error | null): void => {
    if (error || outgoing.destroyed) return;
    const piece = pieces[at];
    at += 1;
    if (piece === undefined) outgoing.end();
    else outgoing.write(piece, next);
  };
  next();
}

/** Node takes all headers apart when the first is asked for; of most answers nobody asks for one. */
function headerOf({ headers }: IncomingMessage, name: 'location' | 'retry-after'): string | undefined {
  return headers[name];
}

function textOf(body: Buffer | undefined): string {
  if (body === undefined) return '';
  return body.toString('utf8', 0, TEXT_LIMIT_BYTES).replace(/\s+/g, ' ').trim();
}

const NO_HTTP = 'what answers there does not speak HTTP';
const CLOSING_CODES: readonly string[] = ['ECONNRESET', 'EPIPE'];

/** @source https://nodejs.org/api/errors.html: `HPE_…` are those of Node's parser of HTTP. */
function reasonOf(error: NodeJS.ErrnoException): string {
  if (error.code?.startsWith('HPE_')) return NO_HTTP;
  return error.message || error.code || 'the connection was closed';
}
