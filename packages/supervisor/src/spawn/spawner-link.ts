import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import type { Clock } from '@dreamnet/contracts';
import { takeTurn } from '@dreamnet/kit';
import { parseMessage, type SpawnerMessage } from './spawner-frames.js';

/** Where a spawner is, and how one is started. */
export interface SpawnerPlace {
  /** The program's file. */
  readonly program: string;
  /** Absolute; of the socket by which the next daemon finds it. */
  readonly folder: string;
  readonly python: string;
  readonly exitsFile: string;
  /** Of the program: another version is not talked to. */
  readonly version: string;
}

export interface LinkListener {
  onMessage(message: SpawnerMessage): void;
  /** Once: the connection is gone, or what came over it makes no sense. */
  onLost(why: string): void;
}

export interface LinkOptions extends LinkListener {
  readonly clock: Clock;
}

const SOCKET_NAME = 'spawner';
/** Looked through for Python; the daemon's own PATH may begin with a wrapper that takes ten times as long. */
const PYTHON_PATH = '/usr/bin:/bin:/usr/local/bin';

/**
 * A connection to a spawner: frames go, messages come, in order and as many a turn of the event loop as there is time for: what is
 * heard may start processes and publish events.
 */
export class SpawnerLink {
  readonly #socket: Socket;
  readonly #options: LinkOptions;
  #rest = '';
  #lines: string[] = [];
  #at = 0;
  #isOver = false;

  constructor(socket: Socket, options: LinkOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => this.#take(text));
    socket.on('error', (error) => this.#end(error.message));
    socket.on('close', () => this.#end('it has ended'));
  }

  send(frame: Buffer): void {
    if (this.#socket.writable) this.#socket.write(frame);
  }

  /** Whether this program stays while the connection does. */
  holdOpen(isHeld: boolean): void {
    if (isHeld) this.#socket.ref();
    else this.#socket.unref();
  }

  /** Nothing is heard any more. */
  drop(): void {
    this.#isOver = true;
    this.#socket.destroy();
  }

  /** Resolves when the other end has closed as well; one with nothing left to do has then written its last. */
  async close(): Promise<void> {
    this.#isOver = true;
    if (this.#socket.closed) return;
    const closed = new Promise((resolve) => this.#socket.once('close', resolve));
    this.#socket.end();
    await closed;
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    const isUnderWay = this.#at < this.#lines.length;
    this.#lines = [...this.#lines.slice(this.#at), ...lines];
    this.#at = 0;
    if (!isUnderWay) this.#work();
  }

  #work(): void {
    const { clock, onMessage } = this.#options;
    const isLong = takeTurn(clock);
    while (this.#at < this.#lines.length && !this.#isOver) {
      if (isLong()) {
        setImmediate(() => this.#work());
        return;
      }
      const line = this.#lines[this.#at] ?? '';
      this.#at += 1;
      const message = parseMessage(line);
      if (message) onMessage(message);
      else this.#end(`it said '${line.slice(0, 80)}'`);
    }
  }

  #end(why: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#socket.destroy();
    this.#options.onLost(why);
  }
}

/** Connects to the spawner an earlier daemon left. @returns undefined when there is none. */
export async function findSpawner(folder: string): Promise<Socket | undefined> {
  let directory: number;
  try {
    directory = openSync(folder, 'r');
  } catch {
    return undefined; // the folder is not made yet
  }
  try {
    // Paths of sockets have at most 107 bytes, and state folders lie deep: the folder's descriptor is a short way to it.
    const socket = connect(`/proc/self/fd/${directory}/${SOCKET_NAME}`);
    const isConnected = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    return isConnected ? socket : undefined;
  } finally {
    closeSync(directory);
  }
}

/**
 * Starts a spawner. It is not this program's business how it ends: the connection tells.
 *
 * @param onFailed Told when there is no such Python.
 */
export function startSpawner(place: SpawnerPlace, onFailed: (error: Error) => void): Socket | undefined {
  const { program, folder, python, exitsFile, version } = place;
  const child = spawn(
    python,
    ['-I', '-S', '-E', program, folder, SOCKET_NAME, exitsFile, version],
    // The connection is the fourth: Node makes only what lies beyond the usual three readable and writable.
    { env: { PATH: PYTHON_PATH }, cwd: '/', detached: true, stdio: ['ignore', 'ignore', 'ignore', 'pipe'] },
  );
  child.on('error', onFailed);
  child.unref();
  return child.pid === undefined ? undefined : (child.stdio[3] as Socket);
}
