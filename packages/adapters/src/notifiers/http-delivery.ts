import type { Clock } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import { adaptersError } from '../errors.js';
import { type HttpAccess, type RevealedAccess, revealAccess } from './http-access.js';
import {
  createHttpConnections,
  type HttpAnswer,
  type HttpConnections,
  type HttpFailure,
  type HttpLimits,
} from './http-request.js';
import { maskSecrets, revealSecret, type Secret } from './secret.js';

/** What every notifier that speaks HTTP takes. */
export interface HttpDeliveryOptions {
  /** Unique within its receiver, such as `webhook[0]`. */
  name: string;
  clock: Clock;
  /** From connecting to the end of the answer, ms. Default 10000. */
  timeoutMs?: number;
  access?: HttpAccess;
}

/** One message on its way. */
export interface HttpMessage {
  /** The receiver's name in the configuration. */
  receiver: string;
  url: Secret;
  /** JSON; a long one in pieces. */
  body: string | readonly string[];
  /** Further values that must not be shown, such as a key within the body. */
  secrets?: readonly string[];
}

/** Sends one message and explains what went wrong. */
export interface HttpDelivery {
  /**
   * Resolves with the answer when it is 2xx. Redirects lead away from where the configuration says: only 307 and 308
   * are followed, and only when the access says so.
   *
   * @throws DN_NOTIFY_CONFIG, DN_NOTIFY_TIMEOUT, DN_NOTIFY_UNREACHABLE, DN_NOTIFY_UNAVAILABLE (408, 425, 429, 5xx; with
   * `details.retryAfterMs` where the receiver says it), DN_NOTIFY_REFUSED
   */
  send(message: HttpMessage, signal: AbortSignal): Promise<HttpAnswer>;
}

const DEFAULT_TIMEOUT_MS = 10_000;
/** A receiver may ask for patience, but not for more than this. */
const LONGEST_RETRY_AFTER_MS = 300_000;
const RETRYABLE_STATUS: readonly number[] = [408, 425, 429];
const FOLLOWED_STATUS: readonly number[] = [307, 308];
const REDIRECT_LIMIT = 10;
const SHOWN_ANSWER_LENGTH = 200;

/** May be called concurrently; each call is one delivery. Waits never hold the process up. */
export function createHttpDelivery(options: HttpDeliveryOptions): HttpDelivery {
  const { clock, timeoutMs = DEFAULT_TIMEOUT_MS, access } = options;
  const connections = createHttpConnections(clock);
  const addresses = createAddresses();
  return {
    send: async (message, signal) => {
      const deadlineMs = clock.monotonic() + timeoutMs;
      const place: Place = {
        receiver: `${message.receiver}/${options.name}`,
        origin: 'its address',
        timeoutMs,
      };
      const prepared = prepare(message, { access, place, addresses });
      const { url, opened } = prepared instanceof Promise ? await prepared : prepared;
      place.origin = url.origin;
      const errand: Errand = { connections, url, body: message.body, opened, access };
      const outcome = await follow(errand, { signal, deadlineMs });
      if ('failure' in outcome) throw explain(outcome, place);
      return judge(outcome, { place, clock, secrets: [...opened.secrets, ...(message.secrets ?? [])], url });
    },
  };
}

interface Place extends Record<string, unknown> {
  receiver: string;
  origin: string;
  timeoutMs: number;
}

const NO_ACCESS: RevealedAccess = { headers: {}, secrets: [], tls: {} };

interface Preparing {
  access: HttpAccess | undefined;
  place: Place;
  addresses: Addresses;
}

/** What need not be read anew is there at once: in a storm each wait for a promise counts. */
function prepare(message: HttpMessage, preparing: Preparing): Prepared | Promise<Prepared> {
  const { access, place, addresses } = preparing;
  if (typeof message.url !== 'string' || (access && hasCredentials(access)))
    return prepareAnew(message, preparing);
  return { url: addresses.parse(message.url, place.receiver), opened: NO_ACCESS };
}

interface Prepared {
  url: URL;
  opened: RevealedAccess;
}

function hasCredentials({ headers, basicAuth, authorization, tls }: HttpAccess): boolean {
  return [headers, basicAuth, authorization, tls].some((one) => one !== undefined);
}

async function prepareAnew(message: HttpMessage, { access, place, addresses }: Preparing): Promise<Prepared> {
  try {
    const opened = access ? await revealAccess(access) : NO_ACCESS;
    return { url: addresses.parse(await revealSecret(message.url), place.receiver), opened };
  } catch (thrown) {
    if (DreamnetError.is(thrown)) throw thrown;
    const message = `a file it needs cannot be read: ${DreamnetError.from(thrown).message}`;
    throw adaptersError('DN_NOTIFY_CONFIG', { receiver: place.receiver, message }, thrown);
  }
}

interface Addresses {
  parse(text: string, receiver: string): URL;
}

/** The address is nearly always the same one. */
function createAddresses(): Addresses {
  let last: { text: string; url: URL } | undefined;
  return {
    parse: (text, receiver) => {
      if (last?.text !== text) last = { text, url: parseUrl(text, receiver) };
      return last.url;
    },
  };
}

/** @throws DN_NOTIFY_CONFIG when the text is not an http or https address; the text itself is never shown. */
export function parseUrl(text: string, receiver: string): URL {
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (parsed?.protocol === 'http:' || parsed?.protocol === 'https:') return parsed;
  throw adaptersError('DN_NOTIFY_CONFIG', { receiver, message: 'its url is not an http or https address' });
}

interface Errand {
  connections: HttpConnections;
  url: URL;
  body: string | readonly string[];
  opened: RevealedAccess;
  access: HttpAccess | undefined;
}

/** Credentials go to the address that was configured, not to where it sends us. */
async function follow(errand: Errand, limits: HttpLimits): Promise<HttpAnswer | HttpFailure> {
  const { connections, body, opened, access } = errand;
  let { url } = errand;
  for (let hops = 0; ; hops += 1) {
    const headers = url.origin === errand.url.origin ? withUserInfo(url, opened.headers) : {};
    const answer = await connections.post({ url, body, headers, tls: opened.tls }, limits);
    if ('failure' in answer) return answer;
    if (access?.followsRedirects !== true || !FOLLOWED_STATUS.includes(answer.status)) return answer;
    const target = answer.header('location') ?? '';
    if (hops === REDIRECT_LIMIT || !URL.canParse(target, url.href)) return answer;
    url = new URL(target, url);
  }
}

/** `http://user:password@host` is a way to write basic auth. */
function withUserInfo(url: URL, headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  if (url.username === '' && url.password === '') return headers;
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}`, ...headers };
}

interface Judging {
  place: Place;
  clock: Clock;
  secrets: readonly string[];
  url: URL;
}

function judge(answer: HttpAnswer, { place, clock, secrets, url }: Judging): HttpAnswer {
  const { status } = answer;
  if (status >= 200 && status < 300) return answer;
  const hidden = [...secrets, ...secretsWithin(url)];
  const text = maskSecrets(answer.text, hidden).slice(0, SHOWN_ANSWER_LENGTH);
  const details = { ...place, status, answer: text || 'no text' };
  if (status < 500 && !RETRYABLE_STATUS.includes(status)) throw adaptersError('DN_NOTIFY_REFUSED', details);
  const retryAfterMs = parseRetryAfter(answer.header('retry-after'), clock);
  throw adaptersError('DN_NOTIFY_UNAVAILABLE', {
    ...details,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** A part of a path shorter than this is a word, not a token. */
const SHORTEST_PATH_TOKEN = 8;

function secretsWithin(url: URL): readonly string[] {
  const segments = url.pathname.split('/').filter(({ length }) => length >= SHORTEST_PATH_TOKEN);
  return [url.href, ...segments, url.password, ...url.searchParams.values()];
}

/** Seconds or a date. @source RFC 9110 §10.2.3 */
function parseRetryAfter(value: string | undefined, clock: Clock): number | undefined {
  if (value === undefined) return undefined;
  const waitMs = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - clock.now();
  return Number.isFinite(waitMs) ? Math.min(Math.max(waitMs, 0), LONGEST_RETRY_AFTER_MS) : undefined;
}

/** An error of the network names addresses and ports, never the path; its `cause` might, so it is left out. */
function explain({ failure, message }: HttpFailure, place: Place): DreamnetError {
  if (failure === 'late') return adaptersError('DN_NOTIFY_TIMEOUT', place);
  return adaptersError('DN_NOTIFY_UNREACHABLE', { ...place, message });
}
