import type { Clock, Notification, Notifier } from '@dreamnet/contracts';
import { sleep } from '@dreamnet/kit';
import { createHttpDelivery, type HttpDeliveryOptions, parseUrl } from './http-delivery.js';
import type { Secret } from './secret.js';
import { toWebhookAlert, toWebhookPayload } from './webhook-payload.js';

/** So many alerts are put into a text within some milliseconds. */
const MOST_AT_ONCE = 1000;

export interface WebhookNotifierOptions extends HttpDeliveryOptions {
  /** http or https. Its path and query may be secret: only the origin is ever shown. */
  url: Secret;
  /** Default true. */
  sendsResolved?: boolean;
  /** Most alerts in one message; 0 (default) is all. */
  maxAlerts?: number;
}

/**
 * A notifier that posts Alertmanager's webhook payload. Delivers once per call and may be called concurrently; whoever
 * calls tries again when the error is retryable.
 *
 * @throws DN_NOTIFY_CONFIG when the address is not an http(s) URL.
 */
export function createWebhookNotifier(options: WebhookNotifierOptions): Notifier {
  const { name, url, sendsResolved = true, maxAlerts = 0 } = options;
  if (typeof url === 'string') parseUrl(url, name);
  const delivery = createHttpDelivery(options);
  return {
    name,
    sendsResolved,
    maxAlerts,
    notify: async (notification, signal) => {
      const isLong = notification.alerts.length > MOST_AT_ONCE;
      const body = isLong
        ? await longBody(notification, options.clock)
        : JSON.stringify(toWebhookPayload(notification));
      await delivery.send({ receiver: notification.receiver, url, body }, signal);
    },
  };
}

/** The same text in pieces, with a pause after each: a group of 100,000 is 30 MB, and others are to be told meanwhile. */
async function longBody(notification: Notification, clock: Clock): Promise<readonly string[]> {
  const { alerts, ...shell } = notification;
  const empty = JSON.stringify(toWebhookPayload({ ...shell, alerts: [] }));
  const at = empty.indexOf(NO_ALERTS) + NO_ALERTS.length - 1;
  const pieces = [empty.slice(0, at)];
  for (let first = 0; first < alerts.length; first += MOST_AT_ONCE) {
    const part = JSON.stringify(alerts.slice(first, first + MOST_AT_ONCE).map(toWebhookAlert));
    pieces.push(`${first === 0 ? '' : ','}${part.slice(1, -1)}`);
    await sleep(clock, 0);
  }
  pieces.push(empty.slice(at));
  return pieces;
}

/** Names of receivers stand before it, and in those a quote is escaped: the first one is the list. */
const NO_ALERTS = '"alerts":[]';
