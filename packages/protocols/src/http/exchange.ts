import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Clock } from '@dreamnet/contracts';
import { beginWait, createGatherer } from '@dreamnet/kit';
import { protocolsError } from '../errors.js';
import { publicUrl } from './address.js';
import { type PacedReading, readPaced } from './paced-reading.js';

/** One HTTP request. */
export interface HttpExchange {
  url: URL;
  clock: Clock;
  /** For the whole exchange, body included; what this program stands still is not counted. */
  timeoutMs: number;
  method?: 'GET' | 'POST' | 'DELETE';
  headers?: Readonly<Record<string, string>>;
  body?: string;
  signal?: AbortSignal;
  /** Longest body read. */
  limitBytes: number;
  /** What becomes of a longer body: `refuse` throws, `cut` ends the connection and keeps what was read. Default `refuse`. */
  onLimit?: 'refuse' | 'cut';
  /** Told of each piece of the body as it comes: `keep` it for the answer, `skip` it, or `end` the exchange there. */
  onChunk?: (chunk: Buffer, head: HttpHead) => 'keep' | 'skip' | 'end';
}

/** Status and headers, without the body. */
export interface HttpHead {
  status: number;
  headers: IncomingMessage['headers'];
}

export interface HttpAnswer extends HttpHead {
  body: Buffer;
  /** The body was longer than the limit and was cut there. */
  isCut: boolean;
}

/**
 * Asks once on a socket of its own. A shared keep-alive socket would save 0.1 ms on loopback, but whether a request
 * on a socket that turns out dead was delivered cannot be told; here a refused connection is always "not delivered".
 * Redirects are not followed.
 *
 * @throws DN_HTTP_UNREACHABLE, DN_HTTP_TIMEOUT, DN_HTTP_CANCELLED, DN_HTTP_BODY_TOO_LARGE; `details.delivered` says
 * whether the request may have reached the other side.
 */
export function exchangeHttp(exchange: HttpExchange): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const { url, clock, signal } = exchange;
    const where = publicUrl(url);
    let isConnected = false;
    let reading: BodyReading | undefined;
    const failed = (error: unknown) => {
      finish();
      reading?.stop();
      request.destroy();
      reject(asTransportError(error, where, isConnected));
    };
    const onTimeout = () => {
      const reason = `no ${isConnected ? 'answer' : 'connection'} within ${exchange.timeoutMs} ms`;
      failed(protocolsError('DN_HTTP_TIMEOUT', { url: where, reason, delivered: isConnected }));
    };
    const onAbort = () => failed(protocolsError('DN_HTTP_CANCELLED', { url: where, delivered: isConnected }));
    const request = openRequest(exchange);
    const endWait = beginWait(clock, exchange.timeoutMs, onTimeout);
    const finish = () => {
      endWait();
      signal?.removeEventListener('abort', onAbort);
    };
    request.on('error', failed);
    request.on('socket', (socket) => {
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
        isConnected = true;
      });
    });
    request.on('response', (response) => {
      reading = readBody(response, exchange);
      reading.answer.then((answer) => {
        finish();
        resolve(answer);
      }, failed);
    });
    if (signal?.aborted) return onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    request.end(exchange.body);
  });
}

function openRequest(exchange: HttpExchange) {
  const { url, method = 'GET', headers, body } = exchange;
  const open = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  return open(url, { method, agent: false, headers: { ...headers, ...length, connection: 'close' } });
}

interface BodyReading {
  readonly answer: Promise<HttpAnswer>;
  /** Nothing is read any more, and `answer` may never settle: a response that is paused need not tell that it was destroyed. */
  stop(): void;
}

function readBody(response: IncomingMessage, exchange: HttpExchange): BodyReading {
  const head: HttpHead = { status: response.statusCode ?? 0, headers: response.headers };
  const body = createGatherer();
  let size = 0;
  let pace: PacedReading | undefined;
  const stop = () => pace?.stop();
  const answer = new Promise<HttpAnswer>((resolve, reject) => {
    const finish = (isCut: boolean) => {
      stop();
      resolve({ ...head, body: body.take(), isCut });
      if (!response.complete) response.destroy();
    };
    const fail = (error: unknown) => {
      stop();
      reject(error);
    };
    pace = readPaced(response, exchange.clock, (chunk) => {
      size += chunk.length;
      if (size > exchange.limitBytes) {
        if (exchange.onLimit === 'cut') finish(true);
        else fail(bodyTooLarge(exchange));
        return;
      }
      const verdict = exchange.onChunk?.(chunk, head) ?? 'keep';
      if (verdict === 'keep') body.add(chunk);
      else if (verdict === 'end') finish(false);
    });
    response.once('end', () => finish(false));
    response.on('error', () => fail(new HalfAnswer()));
    response.once('close', () => {
      if (!response.complete) fail(new HalfAnswer());
    });
  });
  return { answer, stop };
}

function bodyTooLarge({ url, limitBytes }: HttpExchange) {
  const reason = `answered more than ${limitBytes >= MIB ? `${limitBytes / MIB} MiB` : `${limitBytes} bytes`}`;
  const details = { url: publicUrl(url), limitBytes, reason, delivered: true };
  return protocolsError('DN_HTTP_BODY_TOO_LARGE', details);
}

const MIB = 1024 * 1024;

/** Marks a body that ended before its announced length. */
class HalfAnswer {
  readonly code = 'DN_HALF_ANSWER';
}

/** Node's error codes in a reader's words. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was closed before the answer',
  EPIPE: 'the connection was closed before the answer',
  DN_HALF_ANSWER: 'the connection was closed in the middle of the answer',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name could not be looked up',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ETIMEDOUT: 'no connection came about in time',
  EPROTO: 'no TLS connection came about; does what answers there speak https?',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'nobody who is trusted here has signed its certificate',
  SELF_SIGNED_CERT_IN_CHAIN: 'nobody who is trusted here has signed its certificate',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'nobody who is trusted here has signed its certificate',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'nobody who is trusted here has signed its certificate',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};

/** The reason of a failed connection in plain words, from Node's error code. */
export function connectionReason(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code === 'string') {
    if (code.startsWith('HPE_')) return 'what answers there does not speak HTTP';
    return REASONS[code] ?? code;
  }
  return error instanceof Error ? error.message : String(error);
}

function asTransportError(error: unknown, url: string, isConnected: boolean) {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code === 'string' && code.startsWith('DN_') && code !== 'DN_HALF_ANSWER') return error;
  return protocolsError(
    'DN_HTTP_UNREACHABLE',
    {
      url,
      reason: connectionReason(error),
      delivered: isConnected,
      ...(typeof code === 'string' && code.startsWith('HPE_') && { isAnswered: true }),
    },
    error instanceof Error ? error : undefined,
  );
}
