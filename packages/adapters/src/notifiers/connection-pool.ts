import type { Socket } from 'node:net';
import type { Clock, TimerHandle } from '@dreamnet/contracts';

/** Requests to one address at a time; more of them wait for one of these, within their deadline. */
export const CONNECTION_LIMIT = 128;
/** Unused for this long a connection is closed, or earlier where the receiver says so. */
export const IDLE_MS = 30_000;
/** A receiver closes when its time is up, and the news of it takes a while: we let go earlier by this much. */
const CLOSING_MS = 1000;
const SWEEP_MS = 1000;

/** Where connections lead to. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** One connection and who uses it. */
export interface Connection<User> {
  readonly socket: Socket;
  readonly place: Place<User>;
  /** Undefined while it is not in use. */
  user: User | undefined;
  /** Has it been used before? */
  isReused: boolean;
  /** What broke it. */
  error: NodeJS.ErrnoException | undefined;
  /** Monotonic ms since when it is not in use. */
  freeSinceMs: number;
  /** What had been read when it was last in use: more than that came without being asked for. */
  readBytes: number;
  idleMs: number;
}

/** One address and the connections to it. */
interface Place<User> extends Address {
  /** The one that was used last is taken first. */
  readonly free: Connection<User>[];
  /** Those that are open or opening, in use or not. */
  open: number;
  waiting: User[];
}

/** What a pool is told about its connections and those who use them. */
export interface PoolOptions<User> {
  clock: Clock;
  connect: (address: Address) => Socket;
  /** The connection is the user's from now on. */
  begin: (user: User, connection: Connection<User>) => void;
  /** One that has been given up while it waited is passed over. */
  isGivenUp: (user: User) => boolean;
  /** Told of each connection that has ended. */
  onClosed?: (connection: Connection<User>) => void;
}

/** Keeps plain connections and gives them out, at most 128 to one address. Those not in use do not hold the process up. */
export class ConnectionPool<User> {
  private readonly options: PoolOptions<User>;
  private readonly places = new Map<string, Place<User>>();
  private readonly connections = new Map<Socket, Connection<User>>();
  private sweeping: TimerHandle | undefined;

  constructor(options: PoolOptions<User>) {
    this.options = options;
  }

  /** Gives the user a connection, at once or when one is free. */
  lend(address: Address, user: User): void {
    const place = this.placeOf(address);
    const kept = this.takeFree(place);
    if (kept) this.reuse(kept, user);
    else if (place.open < CONNECTION_LIMIT) this.options.begin(user, this.open(place, user));
    else place.waiting.push(user);
  }

  find(socket: Socket): Connection<User> | undefined {
    return this.connections.get(socket);
  }

  /** Its user needs it no more, and it may be used again. */
  release(connection: Connection<User>): void {
    const { socket, place } = connection;
    connection.user = undefined;
    connection.readBytes = socket.bytesRead;
    if (!isUsable(connection) || connection.idleMs <= 0) {
      socket.destroy();
      return;
    }
    const next = this.takeWaiting(place);
    if (next !== undefined) {
      this.reuse(connection, next);
      return;
    }
    connection.freeSinceMs = this.options.clock.monotonic();
    socket.unref();
    place.free.push(connection);
    this.sweeping ??= this.options.clock.setTimeout(() => this.sweep(), SWEEP_MS);
  }

  private placeOf({ host, port }: Address): Place<User> {
    const key = `${host} ${port}`;
    const known = this.places.get(key);
    if (known) return known;
    const place: Place<User> = { host, port, free: [], open: 0, waiting: [] };
    this.places.set(key, place);
    return place;
  }

  private takeFree({ free }: Place<User>): Connection<User> | undefined {
    const nowMs = this.options.clock.monotonic();
    for (let connection = free.pop(); connection; connection = free.pop()) {
      if (isUsable(connection) && nowMs - connection.freeSinceMs < connection.idleMs) return connection;
      connection.socket.destroy();
    }
    return undefined;
  }

  private open(place: Place<User>, user: User): Connection<User> {
    const socket = this.options.connect(place);
    const connection: Connection<User> = {
      ...{ socket, place, user, isReused: false, error: undefined },
      ...{ freeSinceMs: 0, readBytes: 0, idleMs: IDLE_MS },
    };
    place.open += 1;
    this.connections.set(socket, connection);
    // What happens to one that is not in use is nobody's loss.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      connection.error = error;
    });
    socket.once('close', () => this.closed(connection));
    return connection;
  }

  private reuse(connection: Connection<User>, user: User): void {
    connection.user = user;
    connection.isReused = true;
    connection.socket.ref();
    this.options.begin(user, connection);
  }

  private closed(connection: Connection<User>): void {
    const { socket, place } = connection;
    this.connections.delete(socket);
    place.open -= 1;
    const at = place.free.indexOf(connection);
    if (at >= 0) place.free.splice(at, 1);
    this.options.onClosed?.(connection);
    const next = this.takeWaiting(place);
    if (next !== undefined) this.options.begin(next, this.open(place, next));
    else if (place.open === 0) this.places.delete(`${place.host} ${place.port}`);
  }

  /** The first that nobody has given up meanwhile. */
  private takeWaiting({ waiting }: Place<User>): User | undefined {
    for (;;) {
      const user = waiting.shift();
      if (user === undefined || !this.options.isGivenUp(user)) return user;
    }
  }

  /** Closes what has not been used for too long. */
  private sweep(): void {
    this.sweeping = undefined;
    const nowMs = this.options.clock.monotonic();
    let left = 0;
    for (const { free } of this.places.values())
      for (const { socket, freeSinceMs, idleMs } of free) {
        if (nowMs - freeSinceMs < idleMs) left += 1;
        else socket.destroy();
      }
    if (left > 0) this.sweeping = this.options.clock.setTimeout(() => this.sweep(), SWEEP_MS);
  }
}

/** How long a connection may be kept whose receiver closes it after so many seconds. */
export function keptMs(seconds: number | undefined): number {
  return seconds === undefined ? IDLE_MS : Math.min(seconds * 1000 - CLOSING_MS, IDLE_MS);
}

/** The seconds that a `keep-alive` header names. @source RFC 9112 §9.3, `keep-alive: timeout=` */
export function keptSeconds(text: string): number | undefined {
  const seconds = /(?:^|[\s,])timeout=(\d+)/.exec(text)?.[1];
  return seconds === undefined ? undefined : Number(seconds);
}

/** What sends without being asked, or has begun to close, is not asked again. */
function isUsable<User>({ socket, readBytes }: Connection<User>): boolean {
  return socket.writable && !socket.destroyed && !socket.readableEnded && socket.bytesRead === readBytes;
}
