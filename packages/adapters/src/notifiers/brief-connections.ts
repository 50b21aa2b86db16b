import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { Clock } from '@dreamnet/contracts';
import { type BriefAnswer, readBriefAnswer } from './brief-answer.js';
import { type Address, type Connection, ConnectionPool, keptMs, keptSeconds } from './connection-pool.js';

/** Who sends a message and waits for what is said to it. Exactly one of the three is called, once. */
export interface BriefAsker {
  /** The whole request as text. */
  readonly message: string;
  readonly encoding: 'latin1' | 'utf8';
  /** Set while it has a connection. */
  connection: Connection<BriefAsker> | undefined;
  readonly isSettled: boolean;
  onAnswer(answer: BriefAnswer, bytes: Buffer): void;
  /** What came is not brief: `rest` gives it and what follows to a real parser, and swallows what that writes. */
  onUnusual(rest: Duplex): void;
  /** The connection has ended without a word. @param isReused Had it been used before? */
  onBroken(error: NodeJS.ErrnoException | undefined, isReused: boolean): void;
}

/** Enough for any answer that is brief. */
const READ_BYTES = 2048;
/** A receiver that answers otherwise is not asked briefly for so long: its answers are read by Node alone. */
const UNUSUAL_MS = 60_000;
/** Receivers that are remembered as unusual; beyond that, the oldest is tried anew. */
const MOST_UNUSUAL = 1000;

/**
 * Connections on which a message is one write and an ordinary answer one read. What an answer is that is not ordinary is
 * left to Node's own client. For a request this costs a third of what that client does.
 */
export class BriefConnections {
  private readonly clock: Clock;
  private readonly pool: ConnectionPool<BriefAsker>;
  /** Until when (monotonic ms). */
  private readonly unusual = new Map<string, number>();

  constructor(clock: Clock) {
    this.clock = clock;
    this.pool = new ConnectionPool({
      clock,
      connect: (address) => this.connect(address),
      begin: write,
      isGivenUp: (asker) => asker.isSettled,
      onClosed: tellBroken,
    });
  }

  /** @returns false when this receiver's answers have not been brief lately: nothing is sent. */
  send(address: Address, asker: BriefAsker): boolean {
    if (this.unusual.size > 0 && this.isUnusual(address)) return false;
    this.pool.lend(address, asker);
    return true;
  }

  private connect({ host, port }: Address): Socket {
    let rest: Duplex | undefined;
    const socket: Socket = connect({
      ...{ host, port, noDelay: true },
      // A buffer of its own that is read into again and again: otherwise each read makes one of 64 KiB.
      onread: {
        buffer: Buffer.allocUnsafeSlow(READ_BYTES),
        callback: (length, { buffer, byteOffset }) => {
          const bytes = Buffer.from(buffer, byteOffset, length);
          if (rest) rest.push(Buffer.from(bytes));
          else rest = this.read(socket, bytes);
          return true;
        },
      },
    });
    return socket;
  }

  /** @returns Where all further bytes go when the answer is not brief. */
  private read(socket: Socket, bytes: Buffer): Duplex | undefined {
    const connection = this.pool.find(socket);
    const asker = connection?.user;
    if (!connection || !asker) {
      // Nobody has asked.
      socket.destroy();
      return undefined;
    }
    asker.connection = undefined;
    const answer = readBriefAnswer(bytes);
    if (!answer) {
      connection.user = undefined;
      this.remember(connection.place);
      const rest = restOf(socket, Buffer.from(bytes));
      asker.onUnusual(rest);
      return rest;
    }
    const { keepAlive } = answer;
    connection.idleMs = keptMs(keepAlive === undefined ? undefined : keptSeconds(keepAlive));
    asker.onAnswer(answer, bytes);
    // An answer that came before the request was out ends the connection, too.
    if (socket.writableLength > 0) socket.destroy();
    this.pool.release(connection);
    return undefined;
  }

  private isUnusual(address: Address): boolean {
    const name = nameOf(address);
    const untilMs = this.unusual.get(name);
    if (untilMs === undefined || untilMs > this.clock.monotonic()) return untilMs !== undefined;
    this.unusual.delete(name);
    return false;
  }

  private remember(address: Address): void {
    const [oldest] = this.unusual.keys();
    if (oldest !== undefined && this.unusual.size >= MOST_UNUSUAL) this.unusual.delete(oldest);
    this.unusual.set(nameOf(address), this.clock.monotonic() + UNUSUAL_MS);
  }
}

const nameOf = ({ host, port }: Address): string => `${host} ${port}`;

function write(asker: BriefAsker, connection: Connection<BriefAsker>): void {
  asker.connection = connection;
  connection.socket.write(asker.message, asker.encoding);
}

function tellBroken({ user, error, isReused }: Connection<BriefAsker>): void {
  if (user === undefined) return;
  user.connection = undefined;
  user.onBroken(error, isReused);
}

/** A connection as a parser sees it that has sent its request: what was read and what follows. */
function restOf(socket: Socket, first: Buffer): Duplex {
  const rest: Duplex = new Duplex({
    read: () => undefined,
    write: (_chunk, _encoding, done) => done(),
    // Node ends it when the answer is over.
    final: (done) => {
      rest.destroy();
      done();
    },
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  let hasEnded = false;
  rest.push(first);
  socket.once('end', () => {
    hasEnded = true;
    rest.push(null);
  });
  socket.once('error', (error) => rest.destroy(error));
  socket.once('close', () => {
    if (!hasEnded) rest.destroy();
  });
  return rest;
}
