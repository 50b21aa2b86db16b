import { createAlertDelivery, type DeliveryConfig } from '@dreamnet/dreamnet-os-core';
import { createFakeClock } from '@dreamnet/testkit';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { renderDeliveryMetrics } from '../../../src/http/alertmanager/delivery-metrics.js';
import { addAlertmanagerRoutes } from '../../../src/http/alertmanager/fastify-routes.js';
import { readAlertQuery } from '../../../src/http/alertmanager/query.js';
import type { AlertmanagerParts } from '../../../src/http/alertmanager/routes.js';

const NOW = Date.UTC(2026, 10, 21, 15, 0, 0);

const CONFIG: DeliveryConfig = {
  route: {
    receiver: 'hook',
    groupBy: ['alertname'],
    groupWaitMs: 0,
    groupIntervalMs: 1000,
    repeatIntervalMs: 60_000,
  },
  inhibitRules: [
    {
      sources: [[{ name: 'alertname', value: 'NodeDown', isRegex: false, isEqual: true }]],
      targets: [{ name: 'alertname', value: 'AgentDown', isRegex: false, isEqual: true }],
      equal: ['node'],
    },
  ],
  timeIntervals: {},
  receivers: { hook: [], 'team/mail': [] },
};

let app: FastifyInstance;
let reloads: number;
const clock = createFakeClock(NOW);

beforeEach(async () => {
  reloads = 0;
  app = fastify();
  await serve({});
});
afterEach(() => app.close());

async function serve(over: Partial<AlertmanagerParts>): Promise<AlertmanagerParts> {
  await app.close();
  app = fastify();
  const delivery = createAlertDelivery({ clock, publish: () => undefined, config: CONFIG });
  const parts: AlertmanagerParts = {
    delivery,
    clock,
    startedAt: NOW,
    shownConfig: () => 'route: {}',
    isReady: () => true,
    reload: async () => {
      reloads += 1;
    },
    ...over,
  };
  addAlertmanagerRoutes(app, parts);
  await app.ready();
  return parts;
}

const post = (url: string, payload: unknown) =>
  app.inject({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json' },
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
  });
const get = async (url: string) => (await app.inject({ url })).json();
const alerts = (query = '') => get(`/api/v2/alerts${query}`);

test('alerts: what was posted is listed as Alertmanager lists it', async () => {
  const answer = await post('/api/v2/alerts', [
    {
      labels: { alertname: 'Down', node: 'n1' },
      annotations: { summary: 's' },
      generatorURL: 'http://prom/graph',
    },
  ]);
  expect([answer.statusCode, answer.body]).toEqual([200, '']);
  expect(await alerts()).toEqual([
    {
      annotations: { summary: 's' },
      endsAt: '2026-11-21T15:05:00.000Z',
      fingerprint: '99d7e931989cd615',
      receivers: [{ name: 'hook' }],
      startsAt: '2026-11-21T15:00:00.000Z',
      status: { inhibitedBy: [], mutedBy: [], silencedBy: [], state: 'unprocessed' },
      updatedAt: '2026-11-21T15:00:00.000Z',
      generatorURL: 'http://prom/graph',
      labels: { alertname: 'Down', node: 'n1' },
    },
  ]);
});

test('alerts: good ones of a batch are taken although others are refused', async () => {
  const answer = await post('/api/v2/alerts', [
    { labels: { a: '1' } },
    { labels: {} },
    { labels: { a: '' } },
  ]);
  expect(answer.statusCode).toBe(400);
  expect(answer.json()).toMatch(/^at least one label.*; at least one label/);
  expect(await alerts()).toHaveLength(1);
});

test('alerts: the zero time of Go programs is no time', async () => {
  const zero = '0001-01-01T00:00:00Z';
  await post('/api/v2/alerts', [{ labels: { a: '1' }, startsAt: zero, endsAt: zero }]);
  expect((await alerts())[0]).toMatchObject({ startsAt: '2026-11-21T15:00:00.000Z' });
});

const UNREADABLE: readonly (readonly [body: string, status: number, says: string])[] = [
  ['{bad', 400, 'parsing alerts body from "" failed'],
  ['{}', 400, 'a list of alerts was expected'],
  ['[1]', 400, 'alert 0: an alert was expected'],
  ['[{}]', 422, '0.labels in body is required'],
  ['[{"labels":null}]', 422, '0.labels in body is required'],
  ['[{"labels":{"a":1}}]', 400, 'alert 0: labels are texts by name'],
  ['[{"labels":{"a":"1"},"annotations":[]}]', 400, 'annotations are texts by name'],
  ['[{"labels":{"a":"1"},"startsAt":"yesterday"}]', 400, 'startsAt "yesterday" is not a time'],
  ['[{"labels":{"a":"1"},"endsAt":"2026-11-21"}]', 400, 'endsAt "2026-11-21" is not a time'],
  ['[{"labels":{"a":"1"},"generatorURL":"not a url"}]', 422, '0.generatorURL in body must be of type uri'],
];

for (const [body, status, says] of UNREADABLE)
  test(`alerts: ${body} is refused with ${status}`, async () => {
    const answer = await post('/api/v2/alerts', body);
    expect(answer.statusCode).toBe(status);
    expect(answer.json().message).toContain(says);
    expect(await alerts()).toEqual([]);
  });

test('alerts: nothing posted is no error, and no body is one', async () => {
  expect((await post('/api/v2/alerts', '[]')).statusCode).toBe(200);
  expect((await post('/api/v2/alerts', 'null')).statusCode).toBe(200);
  expect((await post('/api/v2/alerts', '')).statusCode).toBe(422);
});

test('alerts: a body that is not JSON by its type is refused as that', async () => {
  const answer = await app.inject({
    method: 'POST',
    url: '/api/v2/alerts',
    headers: { 'content-type': 'text/plain' },
    payload: '[]',
  });
  expect([answer.statusCode, answer.json().code]).toEqual([415, 415]);
});

test('alerts: filters, receivers and states choose what is listed', async () => {
  await post('/api/v2/alerts', [
    { labels: { alertname: 'NodeDown', node: 'n1' } },
    { labels: { alertname: 'AgentDown', node: 'n1' } },
    { labels: { alertname: 'AgentDown', node: 'n2' } },
  ]);
  const nodes = async (query: string) =>
    (await alerts(query)).map(
      ({ labels }: { labels: Record<string, string> }) => `${labels.alertname} ${labels.node}`,
    );
  expect(await nodes('?filter=node%3D%22n2%22')).toEqual(['AgentDown n2']);
  expect(await nodes('?filter=alertname%3DAgentDown&filter=node!%3Dn2')).toEqual(['AgentDown n1']);
  expect(await nodes('?receiver=ho.k')).toHaveLength(3);
  expect(await nodes('?receiver=oo')).toEqual([]);
  expect(await nodes('?inhibited=false')).toHaveLength(2);
  expect(await nodes('?active=false&unprocessed=false')).toEqual(['AgentDown n1']);
});

test('alerts: a filter or receiver that cannot be read is refused', async () => {
  expect((await app.inject('/api/v2/alerts?filter=%28')).json()).toMatch(/^bad matcher format/);
  expect((await app.inject('/api/v2/alerts?receiver=%28')).json()).toMatch(/^failed to parse receiver param/);
});

test("alerts: a receiver's expression is RE2's, and none of them can hold up the event loop", async () => {
  const name = 'a'.repeat(27);
  await post('/api/v2/alerts', [{ labels: { alertname: 'A' } }]);
  expect(await alerts('?receiver=(%3Fi)HOOK')).toHaveLength(1);
  expect((await app.inject('/api/v2/alerts?receiver=(%3F%3Dh)hook')).statusCode).toBe(400);
  const read = readAlertQuery({ receiver: '([\\w-]|[\\w-])*!' });
  if (!read.ok) return expect.unreachable('the expression is a good one');
  const begunAt = performance.now();
  expect([read.query.receiver?.test(name), read.query.receiver?.test(`${name}!`)]).toEqual([false, true]);
  // A backtracking engine takes seconds for it, and twice as many with each further letter.
  expect(performance.now() - begunAt).toBeLessThan(200);
});

test('alerts: a long listing is the same JSON, sent in pieces', async () => {
  const many = Array.from({ length: 2000 }, (_, id) => ({
    labels: { alertname: 'A', id: String(id), text: 'x"\\\n' },
    annotations: { résumé: 'é 😀 \u2028' },
  }));
  await post('/api/v2/alerts', many);
  const listed = await alerts();
  expect(new Set(listed.map(({ labels }: { labels: { id: string } }) => labels.id)).size).toBe(2000);
  for (const { labels, annotations } of listed)
    expect([labels.text, annotations]).toEqual(['x"\\\n', { résumé: 'é 😀 \u2028' }]);
});

test('groups: alerts of one group stand together', async () => {
  await post('/api/v2/alerts', [
    { labels: { alertname: 'A', n: '1' } },
    { labels: { alertname: 'A', n: '2' } },
  ]);
  const groups = await get('/api/v2/alerts/groups');
  expect(groups).toHaveLength(1);
  expect(groups[0]).toMatchObject({ labels: { alertname: 'A' }, receiver: { name: 'hook' } });
  expect(groups[0].alerts).toHaveLength(2);
});

const SILENCE = {
  matchers: [{ name: 'node', value: 'n1', isRegex: false }],
  startsAt: '2026-11-21T15:00:00Z',
  endsAt: '2026-11-21T16:00:00Z',
  createdBy: 'me',
  comment: 'work',
};

test('silences: set, listed, looked at, ended', async () => {
  const { silenceID } = (await post('/api/v2/silences', SILENCE)).json();
  expect(await get('/api/v2/silences')).toEqual([
    {
      id: silenceID,
      status: { state: 'active' },
      updatedAt: '2026-11-21T15:00:00.000Z',
      comment: 'work',
      createdBy: 'me',
      endsAt: '2026-11-21T16:00:00.000Z',
      matchers: [{ isEqual: true, isRegex: false, name: 'node', value: 'n1' }],
      startsAt: '2026-11-21T15:00:00.000Z',
    },
  ]);
  await post('/api/v2/alerts', [{ labels: { alertname: 'A', node: 'n1' } }]);
  expect((await alerts())[0].status).toMatchObject({ state: 'suppressed', silencedBy: [silenceID] });
  expect(await alerts('?silenced=false')).toEqual([]);
  expect(await get('/api/v2/silences?filter=node%3Dother')).toEqual([]);
  const url = `/api/v2/silence/${silenceID}`;
  expect((await app.inject({ method: 'DELETE', url })).statusCode).toBe(200);
  expect((await get(url)).status).toEqual({ state: 'expired' });
});

const SILENCES_REFUSED: readonly (readonly [what: string, body: unknown, status: number])[] = [
  ['no JSON', '{bad', 400],
  ['no matchers', { ...SILENCE, matchers: [] }, 422],
  ['no end', { ...SILENCE, endsAt: undefined }, 422],
  ['a matcher without isRegex', { ...SILENCE, matchers: [{ name: 'a', value: 'b' }] }, 422],
  ['an end before its start', { ...SILENCE, endsAt: '2026-11-21T14:00:00Z' }, 400],
  [
    'matchers that match everything',
    { ...SILENCE, matchers: [{ name: 'a', value: '', isRegex: false }] },
    400,
  ],
  ['a wrong expression', { ...SILENCE, matchers: [{ name: 'a', value: '(', isRegex: true }] }, 400],
  ['an id that is not there', { ...SILENCE, id: 'nope' }, 404],
];

for (const [what, body, status] of SILENCES_REFUSED)
  test(`silences: one with ${what} is refused with ${status}`, async () => {
    expect((await post('/api/v2/silences', body)).statusCode).toBe(status);
    expect(await get('/api/v2/silences')).toEqual([]);
  });

test('silences: one that is not there is said not to be there', async () => {
  const url = '/api/v2/silence/00000000-0000-0000-0000-000000000000';
  expect((await app.inject({ url })).statusCode).toBe(404);
  expect((await app.inject({ method: 'DELETE', url })).statusCode).toBe(404);
});

test('lifecycle: ready, healthy, receivers and status', async () => {
  expect((await app.inject('/-/ready')).body).toBe('OK');
  expect((await app.inject('/-/healthy')).body).toBe('OK');
  expect(await get('/api/v2/receivers')).toEqual([{ name: 'hook' }, { name: 'team/mail' }]);
  expect(await get('/api/v2/status')).toMatchObject({
    cluster: { status: 'disabled', peers: [] },
    config: { original: 'route: {}' },
    uptime: '2026-11-21T15:00:00.000Z',
  });
});

test('lifecycle: not ready and a failed reload are said', async () => {
  await serve({ isReady: () => false, reload: () => Promise.reject(new TypeError('no file')) });
  expect((await app.inject('/-/ready')).statusCode).toBe(503);
  const answer = await app.inject({ method: 'POST', url: '/-/reload' });
  expect([answer.statusCode, answer.body]).toEqual([500, expect.stringContaining('no file')]);
});

test('lifecycle: reload takes an empty body and a JSON one', async () => {
  await app.inject({ method: 'POST', url: '/-/reload' });
  await post('/-/reload', '{}');
  expect(reloads).toBe(2);
});

test('metrics: labels of a receiver come from its last slash on', async () => {
  const figures = {
    received: { firing: 1, resolved: 2 },
    refused: 3,
    refusedAsFull: 5,
    alerts: { active: 1, suppressed: 0, unprocessed: 0 },
    groups: 1,
    silences: { active: 0, pending: 0, expired: 0 },
    notifications: { 'team/a/webhook[1]': { sent: 2, failed: 1, retried: 4 } },
  };
  const text = renderDeliveryMetrics(figures, 'alertmanager');
  expect(text).toContain(
    'alertmanager_notifications_total{receiver_name="team/a",integration="webhook",index="1"} 3\n',
  );
  expect(text).toContain('alertmanager_alerts_invalid_total{version="v2"} 3\n');
  expect(text).toContain('alertmanager_alerts_over_limit_total 5\n');
  expect(text).not.toContain('reload');
});

const text = (payload: string) => ({
  method: 'POST' as const,
  url: '/api/v2/alerts',
  headers: { 'content-type': 'application/json' },
  payload,
});

test('alertmanager api: a body that unfolds into millions of objects is refused before it is read', async () => {
  const answer = await app.inject(text(`[${'{},'.repeat(1_000_000)}{}]`));
  expect([answer.statusCode, answer.json().message]).toEqual([413, expect.stringContaining('1000000')]);
});

test('alertmanager api: an alert of megabytes is refused, and so is a silence', async () => {
  const labels = { alertname: 'x'.repeat(2_000_000) };
  expect((await app.inject(text(JSON.stringify([{ labels }])))).statusCode).toBe(400);
  expect((await app.inject('/api/v2/alerts')).json()).toEqual([]);
  const silence = await app.inject({ ...text(JSON.stringify(labels)), url: '/api/v2/silences' });
  expect(silence.statusCode).toBe(413);
});

test('alertmanager api: what is wrong with thousands of alerts is told in a few words', async () => {
  const bad = Array.from({ length: 5000 }, () => ({ labels: { alertname: '' } }));
  const answer = await app.inject(text(JSON.stringify(bad)));
  expect(answer.statusCode).toBe(400);
  expect(answer.body.length).toBeLessThan(5000);
  expect(answer.body).toContain('4990 more');
});

test('posting: a long list is taken in parts, others are answered in between, what is wrong in any part is said', async () => {
  const { delivery } = await serve({});
  const alerts = Array.from({ length: 2500 }, (_, id) => ({
    labels: { alertname: id === 2400 ? '' : 'Down', id: `${id}` },
  }));
  alerts[2450] = { labels: { alertname: '', id: '' } };
  const posted = { isOver: false };
  const answering = post('/api/v2/alerts', alerts).then((answer) => {
    posted.isOver = true;
    return answer;
  });
  // Taken in by parts of a thousand: a listing that is asked for meanwhile is answered before the last one.
  const listing = app.inject('/api/v2/alerts').then(() => posted.isOver);
  expect(await listing).toBe(false);
  const answer = await answering;
  expect(answer.statusCode).toBe(400);
  expect(answer.body).toContain('at least one label');
  expect(delivery.alerts()).toHaveLength(2499);
});

test('alerts: beyond the limit they are refused with a code, to be sent again later; those that are known go on', async () => {
  const told: string[] = [];
  const config = { ...CONFIG, alertLimit: 2 };
  await serve({
    delivery: createAlertDelivery({ clock, publish: () => undefined, config }),
    onFull: (message) => told.push(message),
  });
  const alerts = (...names: string[]) => names.map((alertname) => ({ labels: { alertname } }));
  expect((await post('/api/v2/alerts', alerts('a', 'b'))).statusCode).toBe(200);
  const answer = await post('/api/v2/alerts', alerts('a', 'c', 'd'));
  expect(answer.statusCode).toBe(503);
  expect(answer.headers['retry-after']).toBe('60');
  expect(answer.json()).toEqual({
    code: 503,
    message:
      'DN_ALERTS_FULL: 2 alerts were not taken: 2 are held already; send them again when others have ended, or raise alerts.limit',
  });
  expect(told).toHaveLength(1);
  // So many are taken in parts.
  const many = alerts(...Array.from({ length: 20_000 }, (_, n) => `n${n}`));
  expect((await post('/api/v2/alerts', many)).statusCode).toBe(503);
  expect((await post('/api/v2/alerts', alerts('a', 'b'))).statusCode).toBe(200);
});
