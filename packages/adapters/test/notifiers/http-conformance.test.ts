import type { ServerResponse } from 'node:http';
import type { Notifier } from '@dreamnet/contracts';
import { systemClock } from '@dreamnet/kit';
import { createAlertmanagerNotifier } from '../../src/notifiers/alertmanager.js';
import type { HttpDeliveryOptions } from '../../src/notifiers/http-delivery.js';
import { createPagerdutyNotifier } from '../../src/notifiers/pagerduty.js';
import { createSlackNotifier } from '../../src/notifiers/slack.js';
import { createWebhookNotifier } from '../../src/notifiers/webhook.js';
import { startHttpReceiver } from './http-receiver.fixture.js';
import { describeNotifierConformance } from './notifier-conformance.js';

const TOKEN = 'tok-5ecre7-5ecre7';
const PASSWORD = 'pa55-5ecre7';

/** The receiver tells back what it was sent: an error that shows answers as they are would show secrets. */
const ANSWERS = {
  take: (response: ServerResponse) => response.end('ok'),
  refuse: (response: ServerResponse) => response.writeHead(403).end(`no: ${TOKEN} ${PASSWORD}`),
  overloaded: (response: ServerResponse) =>
    response.writeHead(429, { 'retry-after': '7' }).end(`later: ${TOKEN}`),
  hang: () => undefined,
} as const;

type Make = (url: string, options: HttpDeliveryOptions) => Notifier;

const KINDS: Readonly<Record<string, Make>> = {
  webhook: (url, options) => createWebhookNotifier({ ...options, url: `${url}/hook?token=${TOKEN}` }),
  slack: (url, options) => createSlackNotifier({ ...options, url: async () => `${url}/services/${TOKEN}` }),
  pagerduty: (url, options) => createPagerdutyNotifier({ ...options, url, routingKey: TOKEN }),
  alertmanager: (url, options) => createAlertmanagerNotifier({ ...options, url: `${url}/${TOKEN}` }),
};

for (const [kind, make] of Object.entries(KINDS))
  describeNotifierConformance(kind, async () => {
    const server = await startHttpReceiver();
    let taken = 0;
    const access = { basicAuth: { username: 'u', password: PASSWORD } };
    const options = { name: `${kind}[0]`, clock: systemClock(), timeoutMs: 300, access };
    return {
      notifier: make(server.url, options),
      secrets: [TOKEN, PASSWORD],
      taken: () => taken,
      behave: (how) => {
        server.answer = (response) => {
          if (how === 'take') taken += 1;
          ANSWERS[how](response);
        };
      },
      close: server.close,
    };
  });
