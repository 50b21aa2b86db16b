import {
  type ClientRequest,
  request as requestPlain,
  validateHeaderName,
  validateHeaderValue,
} from 'node:http';
import { type RequestOptions, request as requestTls } from 'node:https';
import type { HttpRequest } from './http-request.js';

/** What says where a message ends is ours to say. */
const OWN_HEADERS: readonly string[] = ['content-length', 'transfer-encoding', 'connection'];

/** What is the same for every request to one address with the same headers. */
export interface Target {
  readonly url: URL;
  readonly given: HttpRequest['headers'];
  readonly isTls: boolean;
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** Names and values in turn: Node writes such a list as it is, and keeps no record of each. */
  readonly headers: readonly string[];
  /** The beginning of a request, up to its length; undefined when a header cannot be sent. */
  readonly head: string | undefined;
  readonly isHeadAscii: boolean;
}

/** Addresses taken apart. */
export interface Targets {
  of(request: HttpRequest): Target;
}

/** A notifier has one address: it is taken apart once. */
export function createTargets(): Targets {
  let last: Target | undefined;
  return {
    of: ({ url, headers }) => {
      if (last?.url !== url || !isSame(last.given, headers)) last = targetOf(url, headers);
      return last;
    },
  };
}

/** Credentials are read anew for each request, and are mostly the same. */
function isSame(one: HttpRequest['headers'], other: HttpRequest['headers']): boolean {
  if (one === other) return true;
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}

function targetOf(url: URL, given: HttpRequest['headers']): Target {
  const isTls = url.protocol === 'https:';
  const headers = headersOf(url, given);
  const path = `${url.pathname}${url.search}`;
  const head = headOf(path, headers);
  return {
    ...{ url, given, isTls, headers, path, head },
    isHeadAscii: head?.length === Buffer.byteLength(head ?? ''),
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port) || (isTls ? 443 : 80),
  };
}

/** Written as Node writes it; whatever Node would refuse is left to Node to refuse. */
function headOf(path: string, headers: readonly string[]): string | undefined {
  let head = `POST ${path} HTTP/1.1\r\n`;
  try {
    for (let at = 0; at < headers.length; at += 2) {
      const name = headers[at] ?? '';
      const value = headers[at + 1] ?? '';
      validateHeaderName(name);
      validateHeaderValue(name, value);
      head += `${name}: ${value}\r\n`;
    }
  } catch {
    // It is said when Node is asked to send it.
    return undefined;
  }
  return head;
}

function headersOf(url: URL, given: HttpRequest['headers']): string[] {
  const own: Record<string, string> = {
    host: url.host,
    'content-type': 'application/json',
    'user-agent': 'dreamnet',
  };
  for (const name in given) if (!OWN_HEADERS.includes(name)) own[name] = given[name] ?? '';
  return Object.entries(own).flat();
}

/** By which agent, or on which connection. */
export type Way = Pick<RequestOptions, 'agent' | 'createConnection'>;

/** A request that Node makes, with its head and without its body. @throws Of what cannot be sent. */
export function open(target: Target, request: HttpRequest, way: Way): ClientRequest {
  const { host, port, path } = target;
  const headers = target.headers.concat('content-length', String(lengthOf(request.body)));
  const options: RequestOptions = { ...way, method: 'POST', host, port, path, headers };
  return target.isTls ? requestTls({ ...options, ...request.tls }) : requestPlain(options);
}

function lengthOf(body: HttpRequest['body']): number {
  if (typeof body === 'string') return Buffer.byteLength(body);
  return body.reduce((bytes, piece) => bytes + Buffer.byteLength(piece), 0);
}
