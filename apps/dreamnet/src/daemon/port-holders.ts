import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';

/** Can the port be listened on now? */
export function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRINUSE'));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Pids that listen on a port, as far as it can be found out; one after another, for whoever needs only the first. */
export function* findHolders(port: number): Generator<number> {
  const inodes = new Set(
    ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => listeningInodes(readText(table), port)),
  );
  if (inodes.size === 0) return;
  for (const pid of readdirSync('/proc')) if (/^\d+$/.test(pid) && holdsOne(pid, inodes)) yield Number(pid);
}

/** ` (pid 123, node)` when it can be found out, else nothing: other users' processes do not show their sockets. */
export function describeHolder(port: number): string {
  const { value: pid } = findHolders(port).next();
  return pid === undefined ? '' : ` (pid ${pid}, ${readText(`/proc/${pid}/comm`).trim()})`;
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
    return readdirSync(`/proc/${pid}/fd`).some((fd) => inodes.has(readLink(`/proc/${pid}/fd/${fd}`)));
  } catch {
    return false; // it has ended, or is another user's
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ''; // closed since it was listed; the others still count
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
