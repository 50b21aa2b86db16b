import type { Notifier } from '@dreamnet/contracts';
import { createHttpDelivery, type HttpDeliveryOptions, parseUrl } from './http-delivery.js';
import type { Secret } from './secret.js';
import { toWebhookPayload } from './webhook-payload.js';

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
      const body = JSON.stringify(toWebhookPayload(notification));
      await delivery.send({ receiver: notification.receiver, url, body }, signal);
    },
  };
}
