import { type ClientRequest, Agent as HttpAgent, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Clock, TimerHandle } from '@dreamnet/contracts';

/** Requests to one address at a time; more of them wait for one of these, within their deadline. */
export const CONNECTION_LIMIT = 128;
/** Unused for this long a connection is closed, or earlier where the receiver says so. */
export const IDLE_MS = 30_000;
/** A receiver closes when its time is up, and the news of it takes a while: we let go earlier by this much. */
const CLOSING_MS = 1000;
const SWEEP_MS = 1000;

/** One address and the connections to it. */
interface Place {
  readonly host: string;
  readonly port: number;
  /** The one that was used last is taken first. */
  readonly free: Connection[];
  /** Those that are open or opening, in use or not. */
  open: number;
  waiting: ClientRequest[];
}

interface Connection {
  readonly socket: Socket;
  readonly place: Place;
  /** Monotonic ms since when it is not in use. */
  freeSinceMs: number;
  /** What had been read when it was last in use: more than that came without being asked for. */
  readBytes: number;
  idleMs: number;
}

/**
 * Keeps plain connections for requests, for a third of what Node's own agent spends on each: no name is put together, no
 * socket timer started, no option copied. Connections that are not in use do not hold the process up.
 *
 * It is an agent, because that is how Node lets a request be given a connection: `addRequest` is what it calls.
 */
export class KeptConnections extends HttpAgent {
  private readonly clock: Clock;
  private readonly places = new Map<string, Place>();
  private readonly connections = new Map<Socket, Connection>();
  private sweeping: TimerHandle | undefined;

  constructor(clock: Clock) {
    super({ keepAlive: true });
    this.clock = clock;
  }

  /** Called by Node for each request that has this agent. */
  addRequest(
    request: ClientRequest,
    { host = 'localhost', port = 80 }: { host?: string; port?: number },
  ): void {
    const place = this.placeOf(host, port);
    const kept = this.takeFree(place);
    if (kept) reuse(kept, request);
    else if (place.open < CONNECTION_LIMIT) request.onSocket(this.open(place));
    else place.waiting.push(request);
  }

  /** Reads from an answer how long its connection may be kept. @source RFC 9112 §9.3, `keep-alive: timeout=` */
  heed(socket: Socket | null, { rawHeaders }: IncomingMessage): void {
    const connection = socket === null ? undefined : this.connections.get(socket);
    if (!connection) return;
    const seconds = keptSeconds(rawHeaders);
    connection.idleMs = seconds === undefined ? IDLE_MS : Math.min(seconds * 1000 - CLOSING_MS, IDLE_MS);
  }

  private placeOf(host: string, port: number): Place {
    const key = `${host} ${port}`;
    const known = this.places.get(key);
    if (known) return known;
    const place: Place = { host, port, free: [], open: 0, waiting: [] };
    this.places.set(key, place);
    return place;
  }

  private takeFree({ free }: Place): Connection | undefined {
    const nowMs = this.clock.monotonic();
    for (let connection = free.pop(); connection; connection = free.pop()) {
      if (isUsable(connection) && nowMs - connection.freeSinceMs < connection.idleMs) return connection;
      connection.socket.destroy();
    }
    return undefined;
  }

  private open(place: Place): Socket {
    const socket = connect({ host: place.host, port: place.port, noDelay: true });
    const connection = { socket, place, freeSinceMs: 0, readBytes: 0, idleMs: IDLE_MS };
    place.open += 1;
    this.connections.set(socket, connection);
    // While it is in use its request is told of errors; what happens to it otherwise is nobody's loss.
    socket.on('error', ignore);
    socket.on('free', () => this.free(connection));
    socket.once('close', () => this.closed(connection));
    return socket;
  }

  /** Its request has been answered. */
  private free(connection: Connection): void {
    const { socket, place } = connection;
    connection.readBytes = socket.bytesRead;
    if (!isUsable(connection) || connection.idleMs <= 0) {
      socket.destroy();
      return;
    }
    const next = takeWaiting(place);
    if (next) {
      reuse(connection, next);
      return;
    }
    connection.freeSinceMs = this.clock.monotonic();
    socket.unref();
    place.free.push(connection);
    this.sweeping ??= this.clock.setTimeout(() => this.sweep(), SWEEP_MS);
  }

  private closed(connection: Connection): void {
    const { socket, place } = connection;
    this.connections.delete(socket);
    place.open -= 1;
    const at = place.free.indexOf(connection);
    if (at >= 0) place.free.splice(at, 1);
    const next = takeWaiting(place);
    if (next) next.onSocket(this.open(place));
    else if (place.open === 0) this.places.delete(`${place.host} ${place.port}`);
  }

  /** Closes what has not been used for too long. */
  private sweep(): void {
    this.sweeping = undefined;
    const nowMs = this.clock.monotonic();
    let left = 0;
    for (const { free } of this.places.values())
      for (const { socket, freeSinceMs, idleMs } of free) {
        if (nowMs - freeSinceMs < idleMs) left += 1;
        else socket.destroy();
      }
    if (left > 0) this.sweeping = this.clock.setTimeout(() => this.sweep(), SWEEP_MS);
  }
}

const ignore = (): void => undefined;

/** What sends without being asked, or has begun to close, is not asked again. */
function isUsable({ socket, readBytes }: Connection): boolean {
  return socket.writable && !socket.destroyed && !socket.readableEnded && socket.bytesRead === readBytes;
}

function reuse({ socket }: Connection, request: ClientRequest): void {
  request.reusedSocket = true;
  socket.ref();
  request.onSocket(socket);
}

/** The first that nobody has given up meanwhile. */
function takeWaiting(place: Place): ClientRequest | undefined {
  for (;;) {
    const request = place.waiting.shift();
    if (request === undefined || !request.destroyed) return request;
  }
}

const KEEP_ALIVE = 'keep-alive';
/** A receiver says the same each time. */
let lastText = '';
let lastSeconds: number | undefined;

function keptSeconds(rawHeaders: readonly string[]): number | undefined {
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length !== KEEP_ALIVE.length || name.toLowerCase() !== KEEP_ALIVE) continue;
    const text = rawHeaders[at + 1] ?? '';
    if (text !== lastText) {
      const seconds = /(?:^|[\s,])timeout=(\d+)/.exec(text)?.[1];
      lastSeconds = seconds === undefined ? undefined : Number(seconds);
      lastText = text;
    }
    return lastSeconds;
  }
  return undefined;
}
