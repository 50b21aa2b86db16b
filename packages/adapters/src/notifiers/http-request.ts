import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Duplex } from 'node:stream';
import type { Clock, TimerHandle } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import type { BriefAnswer } from './brief-answer.js';
import { type BriefAsker, BriefConnections } from './brief-connections.js';
import { CONNECTION_LIMIT, IDLE_MS } from './connection-pool.js';
import type { RevealedAccess } from './http-access.js';
import { createTargets, open, type Targets, type Way } from './http-target.js';
import { KeptConnections } from './kept-connections.js';

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

/** Connections of one receiver. Those that are not in use do not hold the process up. */
export function createHttpConnections(clock: Clock): HttpConnections {
  const kept = { keepAlive: true, maxSockets: CONNECTION_LIMIT, maxFreeSockets: CONNECTION_LIMIT };
  const agents: Agents = {
    brief: new BriefConnections(clock),
    plain: new KeptConnections(clock),
    tls: new HttpsAgent({ ...kept, timeout: IDLE_MS, ALPNProtocols: ['http/1.1'] }),
  };
  const givers = createGivers();
  const targets = createTargets();
  return {
    post: (request, limits) =>
      new Promise((resolve) => {
        const waiting = givers.waitingOn(limits.signal);
        new Exchange(request, { limits, clock, agents, targets, waiting, resolve }).begin();
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

/** What requests go out by; `brief` is tried first. */
interface Agents {
  brief: BriefConnections;
  plain: KeptConnections;
  tls: HttpsAgent;
}

interface ExchangeOptions {
  limits: HttpLimits;
  clock: Clock;
  agents: Agents;
  targets: Targets;
  /** Where the request stands until it is settled. */
  waiting: Waiting;
  resolve: (outcome: HttpAnswer | HttpFailure) => void;
}

/** One request on its way. What happens after it is settled is of no interest. */
class Exchange implements BriefAsker {
  message = '';
  encoding: BriefAsker['encoding'] = 'utf8';
  connection: BriefAsker['connection'];
  isSettled = false;
  private readonly options: ExchangeOptions;
  /** Undefined once it is settled: a kept connection remembers its last request, and a body may be 30 MB. */
  private request: HttpRequest | undefined;
  private outgoing: ClientRequest | undefined;
  private timer: TimerHandle | undefined;
  /** Its place among those that wait. */
  private place = -1;
  private hasAnswer = false;

  constructor(request: HttpRequest, options: ExchangeOptions) {
    this.request = request;
    this.options = options;
  }

  begin(): void {
    const { clock, limits, agents, waiting } = this.options;
    if (limits.signal.aborted) {
      this.giveUp();
      return;
    }
    this.place = waiting.push(this) - 1;
    const leftMs = limits.deadlineMs - clock.monotonic();
    this.timer = clock.setTimeout(() => this.fail('late', 'the time is up'), leftMs);
    const isTls = this.request?.url.protocol === 'https:';
    if (isTls || !this.sendBriefly()) this.send(isTls ? { agent: agents.tls } : { agent: agents.plain });
  }

  giveUp(): void {
    this.fail('given-up', 'it was given up');
  }

  onAnswer({ status, bodyAt }: BriefAnswer, bytes: Buffer): void {
    const text = bodyAt < bytes.length ? textOf(bytes.subarray(bodyAt)) : '';
    this.settle({ status, header: () => undefined, text });
  }

  onUnusual(rest: Duplex): void {
    if (this.isSettled) rest.destroy();
    else this.send({ createConnection: () => rest });
  }

  onBroken(error: NodeJS.ErrnoException | undefined, isReused: boolean): void {
    if (!this.isSettled) this.broken(error ?? HUNG_UP, isReused);
  }

  /** @returns false when it has to go the long way: a body in pieces, a header for Node to refuse. */
  private sendBriefly(): boolean {
    const { request } = this;
    const { targets, agents } = this.options;
    if (typeof request?.body !== 'string') return false;
    const target = targets.of(request);
    if (target.head === undefined) return false;
    const bytes = Buffer.byteLength(request.body);
    // Half the work for V8 when no character needs more than a byte.
    if (target.isHeadAscii && bytes === request.body.length) this.encoding = 'latin1';
    this.message = `${target.head}content-length: ${bytes}\r\nConnection: keep-alive\r\n\r\n${request.body}`;
    return agents.brief.send(target, this);
  }

  /** @param way An agent, false for a new connection for this request alone, or where to read the answer from. */
  private send(way: Way): void {
    const { request } = this;
    if (!request) return;
    const { targets } = this.options;
    try {
      const outgoing = open(targets.of(request), request, way);
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
    this.broken(error, outgoing.reusedSocket && !this.hasAnswer);
  }

  private broken(error: Breakage, isReused: boolean): void {
    // The receiver closed a kept connection just as it was taken again: that says nothing about the receiver.
    if (isReused && CLOSING_CODES.includes(error.code ?? '')) this.send({ agent: false });
    else this.fail('unreachable', reasonOf(error));
  }

  private fail(failure: HttpFailure['failure'], message: string): void {
    this.settle({ failure, message });
    this.connection?.socket.destroy();
    this.outgoing?.destroy();
  }

  private settle(outcome: HttpAnswer | HttpFailure): void {
    if (this.isSettled) return;
    this.isSettled = true;
    this.request = undefined;
    this.message = '';
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
/** Why a connection ended: an error of Node's, or what it would be. */
interface Breakage {
  code?: string | undefined;
  message: string;
}

/** As Node says it. */
const HUNG_UP: Breakage = { code: 'ECONNRESET', message: 'socket hang up' };
const CLOSING_CODES: readonly string[] = ['ECONNRESET', 'EPIPE'];

/** @source https://nodejs.org/api/errors.html: `HPE_…` are those of Node's parser of HTTP. */
function reasonOf(error: Breakage): string {
  if (error.code?.startsWith('HPE_')) return NO_HTTP;
  return error.message || error.code || 'the connection was closed';
}
