import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { programError } from '../errors.js';
import { isFree } from './port-holders.js';

const HOST = '127.0.0.1';
const TRIES = 20;
/** Below it stand most of those that people know services by. */
const LOWEST = 20_000;
/** Fewer than this below the kernel's own are not worth looking among. */
const ENOUGH = 1000;

/**
 * A port nobody listens on and that is not among those given already. Not one of those that the kernel lends to whoever
 * connects to somebody: while the process restarts, its port is nobody's, and would be lent. @throws DN_AGENT_NO_PORT
 */
export async function freePort(given: ReadonlySet<number>): Promise<number> {
  const below = lowestLent();
  for (let tries = 0; tries < TRIES; tries += 1) {
    const port = below - LOWEST < ENOUGH ? await portOfKernel() : randomInt(LOWEST, below);
    if (!given.has(port) && (await isFree(HOST, port))) return port;
  }
  throw programError('DN_AGENT_NO_PORT', { why: `none of ${TRIES} was free` });
}

/** Of the range for outgoing connections; 0 where it cannot be read. */
function lowestLent(): number {
  try {
    return Number.parseInt(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8'), 10) || 0;
  } catch {
    return 0;
  }
}

function portOfKernel(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => reject(programError('DN_AGENT_NO_PORT', { why: error.message }, error)));
    server.listen({ host: HOST, port: 0, exclusive: true }, () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
