import { createServer } from 'node:net';
import { programError } from '../../errors.js';
import { isFree } from '../port-holders.js';

const HOST = '127.0.0.1';
/** The kernel gives a port twice only by chance: more tries than this mean something else is wrong. */
const TRIES = 20;

/** A port nobody listens on and that is not among those given already. @throws DN_AGENT_NO_PORT */
export async function freePort(given: ReadonlySet<number>): Promise<number> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const port = await portOfKernel();
    if (!given.has(port) && (await isFree(HOST, port))) return port;
  }
  throw programError('DN_AGENT_NO_PORT', { why: `none of ${TRIES} was free` });
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
