import type { Clock, LegacyNotification, LegacyNotifier } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import { adaptersError } from '../errors.js';
import { toWebhookPayload } from './legacy-payload.js';

export interface LegacyWebhookOptions {
  /** The receiver's name, as in the configuration. */
  name: string;
  /** http or https. Its path and query may be secret: only the origin is ever shown. */
  url: string;
  clock: Clock;
  /** From connecting to the end of the answer, ms. Default 10000. */
  timeoutMs?: number;
  /** Sent with each request, e.g. `authorization`. Never shown. */
  headers?: Readonly<Record<string, string>>;
  /** Put into the payload as the place where a person sees the alerts. Default empty. */
  externalUrl?: string;
}

/** Enough of an answer to explain a refusal; a receiver that sends more is cut off. */
const ANSWER_LIMIT_BYTES = 2048;
const DEFAULT_TIMEOUT_MS = 10_000;
/** A receiver may ask for patience, but not for more than this. */
const LONGEST_RETRY_AFTER_MS = 300_000;
const RETRYABLE_STATUS: readonly number[] = [408, 425, 429];

/**
 * A notifier that posts Alertmanager's webhook payload. Delivers once per call and may be called concurrently; whoever
 * calls tries again when the error is retryable (network, timeout, 408, 425, 429, 5xx; `details.retryAfterMs` is the
 * receiver's wish). Redirects are not followed: a notification goes where the configuration says.
 *
 * @throws DN_NOTIFY_CONFIG when the address is not an http(s) URL.
 */
export function createLegacyWebhookNotifier(options: LegacyWebhookOptions): LegacyNotifier {
  const url = parseUrl(options);
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  return {
    name: options.name,
    notify: async (notification, signal) => {
      const place = { receiver: options.name, origin: url.origin, timeoutMs };
      const deadline = new AbortController();
      const timer = options.clock.setTimeout(() => deadline.abort(), timeoutMs);
      try {
        await post({ options, url, notification, place, signal: AbortSignal.any([signal, deadline.signal]) });
      } catch (thrown) {
        if (DreamnetError.is(thrown)) throw thrown;
        if (deadline.signal.aborted) throw adaptersError('DN_NOTIFY_TIMEOUT', place, thrown);
        throw adaptersError('DN_NOTIFY_UNREACHABLE', { ...place, message: rootMessage(thrown) }, thrown);
      } finally {
        options.clock.clearTimeout(timer);
      }
    },
  };
}

interface Delivery {
  options: LegacyWebhookOptions;
  url: URL;
  notification: LegacyNotification;
  place: { receiver: string; origin: string; timeoutMs: number };
  signal: AbortSignal;
}

async function post({ options, url, notification, place, signal }: Delivery): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': 'dreamnet', ...options.headers },
    body: JSON.stringify(toWebhookPayload(notification, options.externalUrl ?? '')),
    redirect: 'manual',
    signal,
  });
  const answer = await readStart(response);
  if (response.ok) return;
  const { status } = response;
  const details = { ...place, status, answer: answer || 'no text' };
  if (status < 500 && !RETRYABLE_STATUS.includes(status)) throw adaptersError('DN_NOTIFY_REFUSED', details);
  const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'), options.clock);
  throw adaptersError('DN_NOTIFY_UNAVAILABLE', {
    ...details,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** Reads at most the limit and lets the rest go, so that an endless answer holds nothing up. */
async function readStart(response: Response): Promise<string> {
  if (!response.body) return '';
  const reader = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    chunks.push(part.value);
    size += part.value.byteLength;
    if (size >= ANSWER_LIMIT_BYTES) {
      await reader.cancel();
      break;
    }
  }
  const text = new TextDecoder().decode(Buffer.concat(chunks).subarray(0, ANSWER_LIMIT_BYTES));
  return text.replace(/\s+/g, ' ').trim().slice(0, 200);
}

/** Seconds or a date. @source RFC 9110 §10.2.3 */
function parseRetryAfter(value: string | null, clock: Clock): number | undefined {
  if (value === null) return undefined;
  const waitMs = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - clock.now();
  return Number.isFinite(waitMs) ? Math.min(Math.max(waitMs, 0), LONGEST_RETRY_AFTER_MS) : undefined;
}

function parseUrl({ name, url }: LegacyWebhookOptions): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol === 'http:' || parsed?.protocol === 'https:') return parsed;
  throw adaptersError('DN_NOTIFY_CONFIG', {
    receiver: name,
    message: 'its url is not an http or https address',
  });
}

/** `fetch` says only "fetch failed"; the reason is in its cause. */
function rootMessage(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const { cause } = thrown;
  return cause instanceof Error && cause.message !== '' ? cause.message : thrown.message;
}
