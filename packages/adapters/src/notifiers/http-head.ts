import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { RevealedAccess } from './http-access.js';

/** One POST. */
export interface HttpRequest {
  url: URL;
  /** In pieces it goes out piece by piece, as the receiver takes them. */
  body: string | readonly string[];
  headers: Readonly<Record<string, string>>;
  tls: RevealedAccess['tls'];
}

/** What says where a message ends is ours to say. */
const OWN_HEADERS: readonly string[] = ['host', 'content-length', 'transfer-encoding', 'connection'];

/**
 * How a request begins, up to the empty line.
 *
 * @throws TypeError for a header that cannot be sent; says which, not what it holds.
 */
export function headOf({ url, body, headers }: HttpRequest): string {
  if (headers.host !== undefined) validateHeaderValue('host', headers.host);
  let head = `POST ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${headers.host ?? url.host}\r\n`;
  if (headers['content-type'] === undefined) head += 'content-type: application/json\r\n';
  if (headers['user-agent'] === undefined) head += 'user-agent: dreamnet\r\n';
  for (const name in headers) {
    const value = headers[name] ?? '';
    validateHeaderName(name);
    validateHeaderValue(name, value);
    if (!OWN_HEADERS.includes(name)) head += `${name}: ${value}\r\n`;
  }
  return `${head}content-length: ${lengthOf(body)}\r\n\r\n`;
}

function lengthOf(body: HttpRequest['body']): number {
  if (typeof body === 'string') return Buffer.byteLength(body);
  return body.reduce((bytes, piece) => bytes + Buffer.byteLength(piece), 0);
}
