import { chmodSync, closeSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '@dreamnet/contracts';
import { type AllowedDestination, type Destination, isAllowed, showDestination } from './allow-list.js';
import { type ProxyRequest, readProxyRequest } from './proxy-request.js';

/** The only way out of a sandbox with an allow-list: a proxy on a socket that is mounted into it. */
export interface NetworkGate {
  /** Folder of the socket `gate`; the folder is mounted, so that the gate of the next daemon is seen, too. */
  readonly directory: string;
  /** Stops listening; connections under way end. */
  close(): void;
}

export interface NetworkGateOptions {
  readonly directory: string;
  readonly allow: readonly AllowedDestination[];
  readonly clock: Clock;
  onRefused(destination: string, because: string): void;
  onTrouble(error: Error): void;
}

/** The socket's name in its folder. */
export const GATE_SOCKET = 'gate';

/** More at once than any agent needs; each costs the daemon two descriptors. */
const MOST_CONNECTIONS = 256;
const HEAD_WITHIN_MS = 10_000;

/** Opens the gate of one process. Connections are made by the daemon, which also resolves the names. */
export function openNetworkGate(options: NetworkGateOptions): NetworkGate {
  const { directory, onTrouble } = options;
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  rmSync(join(directory, GATE_SOCKET), { force: true });
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    remember(open, client);
    admit(client, options, open);
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.on('error', onTrouble);
  listenIn(server, directory);
  return {
    directory,
    close: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

/** Socket paths have at most 107 bytes, and state folders lie deep: the folder's descriptor is a short way to it. */
function listenIn(server: Server, directory: string): void {
  const folder = openSync(directory, 'r');
  server.listen(`/proc/self/fd/${folder}/${GATE_SOCKET}`);
  server.once('listening', () => chmodSync(join(directory, GATE_SOCKET), 0o666));
  server.once('close', () => closeSync(folder));
}

function remember(open: Set<Socket>, socket: Socket): void {
  open.add(socket);
  socket.once('close', () => open.delete(socket));
  // Either end may break at any time; the other is ended with it.
  socket.on('error', () => socket.destroy());
}

function admit(client: Socket, options: NetworkGateOptions, open: Set<Socket>): void {
  const { clock, allow } = options;
  const timer = clock.setTimeout(() => client.destroy(), HEAD_WITHIN_MS);
  client.once('close', () => clock.clearTimeout(timer));
  readProxyRequest(client, (request) => {
    clock.clearTimeout(timer);
    if (!request) return answer(client, '400 Bad Request', 'this is no request to a proxy');
    const { destination } = request;
    if (!isAllowed(destination, allow)) return refuse(client, destination, options);
    carry(client, request, open);
  });
}

function refuse(client: Socket, destination: Destination, { onRefused }: NetworkGateOptions): void {
  const name = showDestination(destination);
  onRefused(name, 'not on the list of its network binding');
  answer(client, '403 Forbidden', `${name} is not on the list of this agent's network binding`);
}

function carry(client: Socket, { destination, head, rest, isTunnel }: ProxyRequest, open: Set<Socket>): void {
  const upstream = connect({ ...destination, allowHalfOpen: true });
  let isConnected = false;
  remember(open, upstream);
  upstream.once('connect', () => {
    isConnected = true;
    if (isTunnel) client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    else upstream.write(head);
    if (rest.length > 0) upstream.write(rest);
    client.pipe(upstream);
    upstream.pipe(client);
  });
  upstream.once('error', (error) => {
    if (isConnected) client.destroy();
    else answer(client, '502 Bad Gateway', `${showDestination(destination)}: ${error.message}`);
  });
  client.once('close', () => upstream.destroy());
  upstream.once('close', (hadError) => {
    if (isConnected && hadError) client.destroy();
  });
}

function answer(client: Socket, status: string, text: string): void {
  const body = `${text}\n`;
  client.end(
    `HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
