import type { Notifier } from '@dreamnet/contracts';
import { createAlertmanagerNotifier } from '../../src/notifiers/alertmanager.js';
import type { HttpDeliveryOptions } from '../../src/notifiers/http-delivery.js';
import { createPagerdutyNotifier } from '../../src/notifiers/pagerduty.js';
import { createSlackNotifier } from '../../src/notifiers/slack.js';
import { createWebhookNotifier } from '../../src/notifiers/webhook.js';

/** Within every address or body that is sent: must never be shown. */
export const TOKEN = 'tok-5ecre7-5ecre7';

type Make = (url: string, options: HttpDeliveryOptions) => Notifier;

/** Every notifier that speaks HTTP, told to talk to a receiver at `url`. */
export const HTTP_KINDS: Readonly<Record<string, Make>> = {
  webhook: (url, options) => createWebhookNotifier({ ...options, url: `${url}/hook?token=${TOKEN}` }),
  slack: (url, options) => createSlackNotifier({ ...options, url: async () => `${url}/services/${TOKEN}` }),
  pagerduty: (url, options) => createPagerdutyNotifier({ ...options, url, routingKey: TOKEN }),
  alertmanager: (url, options) => createAlertmanagerNotifier({ ...options, url: `${url}/${TOKEN}` }),
};
