import { createDreamNetOSCore, type DreamNetOSCoreFacade } from '@dreamnet/dreamnet-os-core';
import { createFakeClock } from '@dreamnet/testkit';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { addAlertmanagerRoutes } from '../../../src/http/alertmanager/fastify-routes.js';
import { ALERT_ANSWERS } from '../../../src/http/answers/alert-answers.js';
import { ALERTMANAGER_ANSWERS } from '../../../src/http/answers/alertmanager-answers.js';
import { addAlertRoutes } from '../../../src/http/routes-alerts.js';
import { createServer } from '../../../src/http/server.js';

const ANSWERS = { ...ALERT_ANSWERS, ...ALERTMANAGER_ANSWERS };
const NOW = Date.UTC(2026, 10, 21, 15);
const HOUR_MS = 3_600_000;
let app: FastifyInstance;
let core: DreamNetOSCoreFacade;
let clock: ReturnType<typeof createFakeClock>;
/** Routes of which an answer was held against its description. */
const held = new Set<string>();

beforeEach(async () => {
  clock = createFakeClock(NOW);
  core = createDreamNetOSCore({
    clock,
    policy: { default: 'off' },
    rules: [
      {
        name: 'queue-long',
        trigger: { on: 'metric', metric: 'queue', when: { operator: '>', threshold: 100 } },
        severity: 'warning',
        annotations: { summary: '{{value}} letters' },
      },
    ],
    delivery: {
      route: { receiver: 'ops', groupBy: ['alertname'], groupWaitMs: 0 },
      inhibitRules: [
        {
          sources: [[{ name: 'severity', value: 'critical', isEqual: true, isRegex: false }]],
          targets: [{ name: 'severity', value: 'info', isEqual: true, isRegex: false }],
          equal: [],
        },
      ],
      timeIntervals: {},
      receivers: { ops: [{ name: 'webhook[0]', notify: () => Promise.reject(new TypeError('down')) }] },
    },
  });
  core.watch('mail', { manifest: { domain: 'social' } });
  await core.start();
  app = await createServer({
    identify: () => ({ role: 'admin' }),
    consoleDir: '/nonexistent',
    version: '0.0.0',
    allowedHosts: ['localhost'],
    register: (server) => {
      addAlertRoutes(server, { core, clock });
      addAlertmanagerRoutes(server, {
        delivery: core.delivery,
        clock,
        startedAt: NOW,
        shownConfig: () => 'route: {}',
        isReady: () => true,
        reload: async () => undefined,
      });
    },
  });
});
afterEach(async () => {
  await app.close();
  await core.stop();
});

/** Asks, and holds the answer against what the description says of this route and status: nothing missing, nothing more. */
async function ask(name: string, url: string, body?: unknown) {
  const [method = ''] = name.split(' ');
  const answer = await app.inject({
    method: method as 'GET',
    url,
    headers: { host: 'localhost', authorization: 'Bearer x' },
    ...(body !== undefined && { payload: body as object }),
  });
  const described = ANSWERS[name]?.answers[answer.statusCode];
  if (described === undefined)
    throw new TypeError(`${name}: ${answer.statusCode} is not described: ${answer.body}`);
  if (described.schema === null) expect(answer.body).toBe('');
  else {
    const value = ANSWERS[name]?.type === undefined ? answer.json() : answer.body;
    expect(described.schema.parse(value)).toEqual(value);
  }
  held.add(`${name} ${answer.statusCode}`);
  return answer;
}

test('answers: every one of the alert routes is as the description of the interface says', async () => {
  core.heartbeat({ subsystem: 'mail', status: 'ok', metrics: { queue: 250 } });
  await clock.advance(1000);
  const posted = [
    { labels: { alertname: 'Down', severity: 'critical' }, generatorURL: 'http://prometheus/graph' },
    { labels: { alertname: 'Small', severity: 'info' }, annotations: { summary: 'so what' } },
  ];
  await ask('POST /api/v2/alerts', '/api/v2/alerts', posted);
  const own = { name: 'alertname', value: 'Down', isEqual: true, isRegex: false };
  const windows = [
    { times: [{ start: 0, end: 1440 }], weekdays: [{ begin: 0, end: 6 }], location: 'Europe/Berlin' },
  ];
  await ask('POST /api/silences', '/api/silences', {
    ...{ matchers: [own], startsAt: NOW, endsAt: NOW + HOUR_MS, comment: 'known', windows },
  });
  const short = await ask('POST /api/silences', '/api/silences', { subsystem: 'mail', for: '1h' });
  await clock.advance(20_000);
  const { alerts } = (await ask('GET /api/alerts', '/api/alerts?limit=2')).json();
  await ask('GET /api/alerts', '/api/alerts?state=recent&order=worst');
  for (const { id } of alerts) await ask('GET /api/alerts/:id', `/api/alerts/${id}`);
  const mine = core.getActiveAlerts().find(({ subsystem }) => subsystem === 'mail');
  for (const verb of ['acknowledge', 'resolve', 'close'])
    await ask('POST /api/alerts/:id/:verb', `/api/alerts/${mine?.id}/${verb}`, { why: 'seen' });
  await ask('GET /api/alerts', '/api/alerts?state=closed');
  await ask('GET /api/silences', '/api/silences');
  await ask('DELETE /api/silences/:id', `/api/silences/${short.json().id}`);
  await ask('GET /api/rules', '/api/rules');
  await ask('GET /api/receivers', '/api/receivers');
  await ask('POST /api/receivers/:name/test', '/api/receivers/ops/test');
  const listed = (await ask('GET /api/v2/alerts', '/api/v2/alerts')).json();
  expect(listed.map(({ status }: { status: { state: string } }) => status.state)).toContain('suppressed');
  await ask('GET /api/v2/alerts', '/api/v2/alerts?filter=%3Dx');
  await ask('GET /api/v2/alerts/groups', '/api/v2/alerts/groups');
  await ask('GET /api/v2/alerts/groups', '/api/v2/alerts/groups?filter=%3Dx');
  for (const wrong of [{ annotations: {} }, { labels: {} }])
    await ask('POST /api/v2/alerts', '/api/v2/alerts', [wrong]);
  const silence = {
    ...{ matchers: [{ name: 'a', value: 'b', isRegex: false }], createdBy: 'me', comment: 'why' },
    startsAt: '2026-11-21T15:00:00Z',
    endsAt: '2026-11-21T18:00:00+01:00',
  };
  const path = '/api/v2/silences';
  const { silenceID } = (await ask(`POST ${path}`, path, silence)).json();
  await ask(`POST ${path}`, path, { ...silence, matchers: [] });
  await ask(`POST ${path}`, path, { ...silence, endsAt: silence.startsAt });
  await ask(`POST ${path}`, path, { ...silence, id: '00000000-0000-0000-0000-000000000000' });
  await ask(`GET ${path}`, path);
  await ask(`GET ${path}`, `${path}?filter=%3Dx`);
  for (const id of [silenceID, 'nobody']) {
    await ask('GET /api/v2/silence/:id', `/api/v2/silence/${id}`);
    await ask('DELETE /api/v2/silence/:id', `/api/v2/silence/${id}`);
  }
  for (const last of ['receivers', 'status']) await ask(`GET /api/v2/${last}`, `/api/v2/${last}`);
  await ask('GET /-/healthy', '/-/healthy');
  await ask('GET /-/ready', '/-/ready');
  await ask('POST /-/reload', '/-/reload');
  // Each is answered above but what only a daemon in trouble says.
  const described = Object.entries(ANSWERS).flatMap(([name, { answers }]) =>
    Object.keys(answers).map((status) => `${name} ${status}`),
  );
  const trouble = ['POST /api/v2/alerts 503', 'GET /-/ready 503', 'POST /-/reload 500'];
  expect([...held, ...trouble].sort()).toEqual(described.sort());
});

test('answers: the description of the interface has one for every alert route there is, and none for a route there is not', async () => {
  const { paths } = (
    await app.inject({ url: '/api/openapi.json', headers: { host: 'localhost', authorization: 'Bearer x' } })
  ).json<{ paths: Record<string, Record<string, { responses: Record<string, object>; tags: string[] }>> }>();
  const found = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { responses, tags }]) => {
      expect(tags).toHaveLength(1);
      return `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}: ${Object.keys(responses)}`;
    }),
  );
  const described = Object.entries(ANSWERS).map(([name, { answers }]) => `${name}: ${Object.keys(answers)}`);
  expect(found.sort()).toEqual(described.sort());
  const list = JSON.stringify(paths['/api/v2/alerts']?.get);
  for (const word of ['fingerprint', 'silencedBy', 'filter', 'suppressed']) expect(list).toContain(word);
});
