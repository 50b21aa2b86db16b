import type { ServerResponse } from 'node:http';
import { systemClock } from '@dreamnet/kit';
import { HTTP_KINDS, TOKEN } from './http-kinds.fixture.js';
import { startHttpReceiver } from './http-receiver.fixture.js';
import { describeNotifierConformance } from './notifier-conformance.js';

const PASSWORD = 'pa55-5ecre7';

/** The receiver tells back what it was sent: an error that shows answers as they are would show secrets. */
const ANSWERS = {
  take: (response: ServerResponse) => response.end('ok'),
  refuse: (response: ServerResponse) => response.writeHead(403).end(`no: ${TOKEN} ${PASSWORD}`),
  overloaded: (response: ServerResponse) =>
    response.writeHead(429, { 'retry-after': '7' }).end(`later: ${TOKEN}`),
  hang: () => undefined,
} as const;

for (const [kind, make] of Object.entries(HTTP_KINDS))
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
