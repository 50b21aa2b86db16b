import { once } from 'node:events';
import { request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '@dreamnet/contracts';

/** After so many the code that answers has been compiled, and what it loads when first used is there. */
const CALLS = 10;
/** Without a loopback nothing answers; a spare that is slower at its first call is a spare all the same. */
const LIMIT_MS = 1000;

/**
 * Answers a few calls of its own, so that the first one from outside is not the first at all: in Node.js that one takes ten
 * times as long as the second.
 *
 * @param server Not the agent's own; it is closed afterwards.
 */
export async function warmUp(server: Server, clock: Clock): Promise<void> {
  const isOver = new AbortController();
  const timer = clock.setTimeout(() => isOver.abort(), LIMIT_MS);
  try {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening', { signal: isOver.signal });
    const { port } = server.address() as AddressInfo;
    for (let call = 0; call < CALLS; call += 1) await answered(port, isOver.signal);
  } catch {
    return; // it is not needed to wait, nor to serve
  } finally {
    clock.clearTimeout(timer);
    server.close();
    server.closeAllConnections();
  }
}

async function answered(port: number, signal: AbortSignal): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const call = request({
    ...{ port, host: '127.0.0.1', path: '/invocations', method: 'POST', agent: false },
    ...{ headers, signal },
  });
  call.end('{}');
  const [answer] = await once(call, 'response', { signal });
  answer.resume();
  await once(answer, 'end', { signal });
}
