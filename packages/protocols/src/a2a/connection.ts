import type { Clock } from '@dreamnet/contracts';
import { SHORT_ANSWER_LIMIT_BYTES } from '../client-info.js';
import { protocolsError } from '../errors.js';
import { exchangeHttp } from '../http/exchange.js';
import { refuseFailure } from '../http/invoke-http.js';
import { depthProblem, type JsonRecord, parseJson } from '../json-rpc/json.js';
import { type RpcMessage, readRpcMessage } from '../json-rpc/messages.js';
import type { RpcReply } from '../json-rpc/pending-requests.js';
import { type A2aCard, type A2aInterface, readCard, refuseForeign } from './card.js';

/** How all requests of one session are made. */
export interface A2aConnection {
  clock: Clock;
  limitBytes: number;
  allowedHosts: readonly string[];
  headers: Readonly<Record<string, string>>;
}

export interface A2aWait {
  timeoutMs: number;
  signal?: AbortSignal;
  /** Longest answer read, where that is shorter than the session's. */
  limitBytes?: number;
}

/** A card as fetched. `card` is null when the server says that it has not changed since `etag`. */
export interface FetchedCard {
  card: A2aCard | null;
  status: number;
  etag?: string;
  url: URL;
}

const MOST_REDIRECTS = 3;
/** Longest piece of a foreign id that is quoted. */
const SHOWN_CHARACTERS = 60;
/** Every request has a connection of its own, so one id does for all. */
const REQUEST_ID = 1;

/**
 * GETs the agent card, of 1 MiB at most. Redirects are followed on the same host only.
 *
 * @param etag Of the card already held: spares its body when nothing changed.
 * @throws DN_A2A_BAD_CARD, DN_A2A_FOREIGN_ADDRESS, DN_HTTP_*
 */
export async function fetchCard(
  connection: A2aConnection,
  cardUrl: URL,
  options: A2aWait & { etag?: string },
): Promise<FetchedCard> {
  let url = cardUrl;
  for (let hop = 0; ; hop += 1) {
    const answer = await exchangeHttp({
      url,
      clock: connection.clock,
      limitBytes: Math.min(connection.limitBytes, SHORT_ANSWER_LIMIT_BYTES),
      timeoutMs: options.timeoutMs,
      ...(options.signal && { signal: options.signal }),
      headers: {
        ...connection.headers,
        accept: 'application/json',
        'a2a-version': '1.0',
        ...(options.etag !== undefined && { 'if-none-match': options.etag }),
      },
    });
    const location = answer.headers.location;
    if (answer.status >= 300 && answer.status < 400 && answer.status !== 304 && location !== undefined) {
      if (hop === MOST_REDIRECTS || !URL.canParse(location, url.href)) refuseFailure(answer, url);
      const target = new URL(location, url);
      refuseForeign(url, target, connection.allowedHosts);
      url = target;
      continue;
    }
    const etag = answer.headers.etag === undefined ? {} : { etag: answer.headers.etag };
    if (answer.status === 304 && options.etag !== undefined) return { card: null, status: 304, url, ...etag };
    refuseFailure(answer, url);
    const card = readCard(parseJson(answer.body.toString('utf8')), url);
    return { card, status: answer.status, url, ...etag };
  }
}

/**
 * One JSON-RPC call.
 *
 * @throws DN_A2A_BAD_ANSWER, also when the answer is to another request, DN_HTTP_*. A JSON-RPC error is a value.
 */
export async function callRpc(
  connection: A2aConnection,
  target: A2aInterface,
  request: A2aWait & { method: string; params: JsonRecord },
): Promise<RpcReply> {
  const { method } = request;
  const params = target.tenant === undefined ? request.params : { tenant: target.tenant, ...request.params };
  const answer = await exchangeHttp({
    url: target.url,
    method: 'POST',
    clock: connection.clock,
    limitBytes: Math.min(connection.limitBytes, request.limitBytes ?? Number.POSITIVE_INFINITY),
    timeoutMs: request.timeoutMs,
    ...(request.signal && { signal: request.signal }),
    headers: {
      ...connection.headers,
      accept: 'application/json',
      'content-type': 'application/json',
      // An empty header means 0.3, so it is left out there: older servers may refuse what they do not know.
      ...(target.wire.version === '1.0' && { 'a2a-version': '1.0' }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: REQUEST_ID, method, params }),
  });
  const message = readRpcMessage(parseJson(answer.body.toString('utf8')));
  const foreign = foreignId(message);
  if (foreign !== undefined)
    throw badA2aAnswer(target, method, `its id is ${foreign}; that of the request was ${REQUEST_ID}`);
  if (message.kind === 'result') {
    const problem = depthProblem(message.result);
    if (problem !== undefined) throw badA2aAnswer(target, method, problem);
    return { ok: true, result: message.result };
  }
  if (message.kind === 'error') return { ok: false, error: message.error };
  refuseFailure(answer, target.url);
  throw badA2aAnswer(target, method, 'it is not a JSON-RPC response');
}

/** An error may be without an id: of a request that could not be read nobody knows it. */
function foreignId(message: RpcMessage): string | undefined {
  if (message.kind !== 'result' && message.kind !== 'error') return undefined;
  if (message.id === null || message.id === REQUEST_ID) return undefined;
  return JSON.stringify(message.id).slice(0, SHOWN_CHARACTERS);
}

/** @returns DN_A2A_BAD_ANSWER, to be thrown. */
export function badA2aAnswer(target: A2aInterface, method: string, reason: string) {
  const details = { method, version: target.wire.version, reason, delivered: true };
  return protocolsError('DN_A2A_BAD_ANSWER', details);
}
