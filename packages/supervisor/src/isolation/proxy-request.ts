import type { Socket } from 'node:net';
import { type Destination, parseDestination } from './allow-list.js';

/** What a client of a proxy wants. */
export interface ProxyRequest {
  readonly destination: Destination;
  /** CONNECT: bytes are carried as they are. Otherwise `head` is sent on first. */
  readonly isTunnel: boolean;
  /** The request as the destination itself expects it; empty for a tunnel. */
  readonly head: string;
  /** What has come behind it already. */
  readonly rest: Buffer;
}

const LARGEST_HEAD_BYTES = 16 * 1024;
const HEAD_END = '\r\n\r\n';
/** Said to the proxy and not to the destination; one request a connection, since the next may go elsewhere. */
const HOP_HEADERS = /^(?:proxy-[a-z-]+|connection|keep-alive|te|upgrade):/i;
const HTTP_PORT = 80;

/** Reads the head of one request, then calls `done` once: with undefined when it is none or too long. */
export function readProxyRequest(client: Socket, done: (request: ProxyRequest | undefined) => void): void {
  let seen = Buffer.alloc(0);
  const take = (chunk: Buffer) => {
    seen = Buffer.concat([seen, chunk]);
    const end = seen.indexOf(HEAD_END);
    if (end < 0 && seen.length <= LARGEST_HEAD_BYTES) return;
    client.off('data', take);
    client.pause();
    done(end < 0 ? undefined : parseProxyRequest(seen.toString('latin1', 0, end), seen.subarray(end + 4)));
  };
  client.on('data', take);
}

/** @param head Everything before the empty line. */
export function parseProxyRequest(head: string, rest: Buffer): ProxyRequest | undefined {
  const [first = '', ...headers] = head.split('\r\n');
  const [, method = '', target = '', version] = /^([A-Z]+) (\S+) (HTTP\/1\.[01])$/.exec(first) ?? [];
  if (version === undefined) return undefined;
  if (method === 'CONNECT') {
    const destination = parseDestination(target);
    return destination && { destination, isTunnel: true, head: '', rest };
  }
  const [, authority = '', path = ''] = /^http:\/\/([^/?#@]+)((?:[/?]\S*)?)$/i.exec(target) ?? [];
  const destination = parseDestination(authority, HTTP_PORT);
  if (!destination) return undefined;
  const kept = headers.filter((header) => !HOP_HEADERS.test(header));
  const line = `${method} ${path.startsWith('/') ? path : `/${path}`} ${version}`;
  return {
    destination,
    isTunnel: false,
    head: [line, ...kept, 'Connection: close', '', ''].join('\r\n'),
    rest,
  };
}
