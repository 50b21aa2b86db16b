import type { Notification, Notifier } from '@dreamnet/contracts';
import { createHttpDelivery, type HttpDeliveryOptions, parseUrl } from './http-delivery.js';

export interface AlertmanagerNotifierOptions extends HttpDeliveryOptions {
  /** Address of the Alertmanager, with its prefix where it has one: `/api/v2/alerts` is added. */
  url: string;
  /**
   * Until when a firing alert counts there without being told again, ms. Longer than the group's repeat interval, or it
   * would end there by itself. Default 24 h.
   */
  holdMs?: number;
}

const DEFAULT_HOLD_MS = 24 * 3_600_000;

/**
 * A notifier that hands the alerts of a group on to an Alertmanager, which then decides for itself who is told. Delivers
 * once per call and may be called concurrently; told twice, an alert is the same alert.
 *
 * @throws DN_NOTIFY_CONFIG when the address is not an http(s) URL.
 * @source Alertmanager API v2, POST /alerts
 */
export function createAlertmanagerNotifier(options: AlertmanagerNotifierOptions): Notifier {
  const { name, url, holdMs = DEFAULT_HOLD_MS } = options;
  const target = parseUrl(`${url.replace(/\/+$/, '')}/api/v2/alerts`, name).href;
  const delivery = createHttpDelivery(options);
  return {
    name,
    sendsResolved: true,
    notify: async (notification, signal) => {
      const body = JSON.stringify(toPostedAlerts(notification, holdMs));
      await delivery.send({ receiver: notification.receiver, url: target, body }, signal);
    },
  };
}

function toPostedAlerts({ alerts, at }: Notification, holdMs: number) {
  return alerts.map(({ labels, annotations, startsAt, endsAt, generatorURL }) => ({
    labels,
    annotations,
    startsAt: new Date(startsAt).toISOString(),
    endsAt: new Date(endsAt ?? at + holdMs).toISOString(),
    // An empty address is refused there: it must be an address or not be there.
    ...(URL.canParse(generatorURL) && { generatorURL }),
  }));
}
