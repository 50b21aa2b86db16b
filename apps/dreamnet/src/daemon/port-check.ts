import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import type { DreamnetError } from '@dreamnet/kit';
import type { LoadedFleet } from '../config/load.js';
import { hasPortOfItsOwn } from '../config/replicas-checks.js';
import { showPlace } from '../config/source.js';
import { programError } from '../errors.js';

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]', '::1']);

/**
 * Whether other programs hold ports our agents are going to listen on: such an agent would crash, and worse, the other
 * program might answer its health checks.
 *
 * @param isOurs Agents that run already (adopted): their port is theirs.
 * @returns DN_CONFIG_PORT_IN_USE with the place of the endpoint, for each.
 */
export async function findTakenPorts(
  loaded: LoadedFleet,
  isOurs: (agent: string) => boolean,
): Promise<DreamnetError[]> {
  const taken: DreamnetError[] = [];
  for (const [name, agent] of Object.entries(loaded.fleet.agents)) {
    if (agent.endpoint === undefined || hasPortOfItsOwn(agent) || isOurs(name)) continue;
    const { hostname, port, protocol } = new URL(agent.endpoint);
    if (!LOOPBACK.has(hostname)) continue;
    const number = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
    if (await isFree(hostname.replace(/[[\]]/g, ''), number)) continue;
    taken.push(
      programError('DN_CONFIG_PORT_IN_USE', {
        place: showPlace(loaded.placeOf(['agents', name, 'endpoint'])),
        port: number,
        name,
        who: describeHolder(number),
      }),
    );
  }
  return taken;
}

/** Can the port be listened on now? */
export function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRINUSE'));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Pids that listen on a port, as far as it can be found out. */
export function findHolders(port: number): string[] {
  const inodes = new Set(
    ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => listeningInodes(readText(table), port)),
  );
  if (inodes.size === 0) return [];
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && holdsOne(pid, inodes));
}

/** ` (pid 123, node)` when it can be found out, else nothing: other users' processes do not show their sockets. */
export function describeHolder(port: number): string {
  const inodes = new Set(
    ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => listeningInodes(readText(table), port)),
  );
  if (inodes.size === 0) return '';
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid) || !holdsOne(pid, inodes)) continue;
    return ` (pid ${pid}, ${readText(`/proc/${pid}/comm`).trim()})`;
  }
  return '';
}

/** Rows of state 0A (listening) whose local port is the one asked for. */
function listeningInodes(table: string, port: number): string[] {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  return table
    .split('\n')
    .map((row) => row.trim().split(/\s+/))
    .filter((fields) => fields[3] === '0A' && fields[1]?.endsWith(`:${hexPort}`))
    .map((fields) => `socket:[${fields[9]}]`);
}

function holdsOne(pid: string, inodes: ReadonlySet<string>): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => inodes.has(readlinkSync(`/proc/${pid}/fd/${fd}`)));
  } catch {
    return false;
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
