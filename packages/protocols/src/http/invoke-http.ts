import type { Clock } from '@dreamnet/contracts';
import { systemClock } from '@dreamnet/kit';
import { DEFAULT_ANSWER_LIMIT_BYTES } from '../client-info.js';
import { protocolsError } from '../errors.js';
import { depthProblem, parseJson } from '../json-rpc/json.js';
import { parseHttpUrl, publicUrl } from './address.js';
import { exchangeHttp, type HttpAnswer } from './exchange.js';
import { mediaTypeOf } from './media-type.js';

export interface InvokeHttpOptions {
  /** Default 30 000. */
  timeoutMs?: number;
  /** Default 32 MiB. */
  limitBytes?: number;
  headers?: Readonly<Record<string, string>>;
  /** Sent as `Idempotency-Key`, so that an agent that knows the header does the same work once only. */
  idempotencyKey?: string;
  signal?: AbortSignal;
  clock?: Clock;
}

/** Longest piece of an error body that is quoted. */
const QUOTED_CHARACTERS = 200;

/** Statuses by which a server says that it did not take the request on. */
const NOT_TAKEN = [429, 503] as const;

/**
 * Calls an agent of protocol `http`: POSTs the input as JSON and reads the answer.
 *
 * @returns The parsed JSON, or the text when the answer is not declared as JSON; undefined for an empty body.
 * @throws DN_HTTP_REFUSED for a 4xx or a redirect, DN_HTTP_UNAVAILABLE for a 5xx or 429, DN_HTTP_BAD_ANSWER for
 * JSON that is broken or nests deeper than `DEEPEST_JSON` levels, and what `exchangeHttp` throws.
 */
export async function invokeHttp(
  url: string,
  input: unknown,
  options: InvokeHttpOptions = {},
): Promise<unknown> {
  const target = parseHttpUrl(url);
  const answer = await exchangeHttp({
    url: target,
    method: 'POST',
    clock: options.clock ?? systemClock(),
    timeoutMs: options.timeoutMs ?? 30_000,
    limitBytes: options.limitBytes ?? DEFAULT_ANSWER_LIMIT_BYTES,
    ...(options.signal && { signal: options.signal }),
    headers: {
      accept: 'application/json',
      'content-type': 'application/json',
      ...options.headers,
      ...(options.idempotencyKey !== undefined && { 'idempotency-key': options.idempotencyKey }),
    },
    body: JSON.stringify(input ?? null),
  });
  refuseFailure(answer, target);
  return readOutput(answer, target);
}

/**
 * Passes a 2xx and throws the rest.
 *
 * @throws DN_HTTP_REFUSED, DN_HTTP_UNAVAILABLE
 */
export function refuseFailure(answer: HttpAnswer, url: URL): void {
  const { status } = answer;
  if (status >= 200 && status < 300) return;
  const body = answer.body.toString('utf8').slice(0, QUOTED_CHARACTERS);
  const isTaken = !NOT_TAKEN.some((known) => known === status);
  throw protocolsError(status >= 500 || status === 429 ? 'DN_HTTP_UNAVAILABLE' : 'DN_HTTP_REFUSED', {
    url: publicUrl(url),
    status,
    body,
    delivered: isTaken,
  });
}

function readOutput(answer: HttpAnswer, url: URL): unknown {
  if (answer.body.length === 0) return undefined;
  const text = answer.body.toString('utf8');
  if (!/[/+]json\b/.test(mediaTypeOf(answer.headers['content-type']))) return text;
  const value = parseJson(text);
  const reason = value === undefined ? 'it is declared as JSON and is not' : depthProblem(value);
  if (reason !== undefined)
    throw protocolsError('DN_HTTP_BAD_ANSWER', { url: publicUrl(url), reason, delivered: true });
  return value;
}
