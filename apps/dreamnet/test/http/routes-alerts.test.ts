import type {
  AlertView,
  Notification,
  Notifier,
  ReceiverView,
  RuleView,
  SilenceView,
} from '@dreamnet/contracts';
import { type AlertRule, createDreamNetOSCore, type DreamNetOSCoreFacade } from '@dreamnet/dreamnet-os-core';
import { createFakeClock } from '@dreamnet/testkit';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { addAlertRoutes } from '../../src/http/routes-alerts.js';
import { createServer } from '../../src/http/server.js';

const NOW = Date.UTC(2026, 10, 21, 15, 0, 0);
const MINUTE_MS = 60_000;

const RULES: readonly AlertRule[] = [
  {
    name: 'queue-long',
    trigger: { on: 'metric', metric: 'queue', when: { operator: '>', threshold: 100 } },
    severity: 'warning',
    labels: { team: 'post' },
    annotations: { summary: '{{subsystem}}: {{value}} letters wait' },
  },
];

let app: FastifyInstance;
let core: DreamNetOSCoreFacade;
let clock: ReturnType<typeof createFakeClock>;
let told: Notification[];
let failure: Error | undefined;

const pager: Notifier = {
  name: 'webhook[0]',
  notify: async (notification) => {
    if (failure !== undefined) throw failure;
    told.push(notification);
  },
};

beforeEach(async () => {
  clock = createFakeClock(NOW);
  told = [];
  failure = undefined;
  core = createDreamNetOSCore({
    clock,
    policy: { default: 'off' },
    rules: RULES,
    delivery: {
      route: { receiver: 'ops', groupBy: ['alertname', 'subsystem'], groupWaitMs: 0, groupIntervalMs: 1000 },
      inhibitRules: [],
      timeIntervals: {},
      receivers: { ops: [pager] },
    },
  });
  for (const name of ['mail', 'web']) core.watch(name, { manifest: { domain: 'social' } });
  await core.start();
  app = await createServer({
    identify: (token) => (token === 'look' ? { role: 'viewer' } : { role: 'operator' }),
    consoleDir: '/nonexistent',
    version: '0.0.0',
    allowedHosts: ['localhost'],
    register: (server) => addAlertRoutes(server, { core, clock }),
  });
});
afterEach(async () => {
  await app.close();
  await core.stop();
});

async function ask(
  method: 'GET' | 'POST' | 'DELETE',
  url: string,
  payload?: object,
  token = 'act',
): Promise<{ status: number; body: unknown }> {
  const answer = await app.inject({
    method,
    url,
    headers: { host: 'localhost', authorization: `Bearer ${token}` },
    ...(payload === undefined ? {} : { payload }),
  });
  return { status: answer.statusCode, body: answer.json() };
}

const codeOf = ({ status, body }: { status: number; body: unknown }) => [
  status,
  (body as { error: { code: string } }).error.code,
];

async function listed(query = ''): Promise<AlertView[]> {
  return ((await ask('GET', `/api/alerts${query}`)).body as { alerts: AlertView[] }).alerts;
}

async function report(subsystem: string, queue: number): Promise<void> {
  core.heartbeat({ subsystem, status: 'ok', metrics: { queue }, ttlMs: 86_400_000, isIrregular: true });
  await clock.advance(20);
}

test('alerts: what a rule finds is listed with who is told of it', async () => {
  await report('mail', 250);
  expect(await listed()).toMatchObject([
    {
      subsystem: 'mail',
      state: 'active',
      severity: 'warning',
      type: 'performance',
      message: 'mail: 250 letters wait',
      labels: { rule: 'queue-long', team: 'post', metric: 'queue', domain: 'social' },
      receivers: ['ops'],
      silencedBy: [],
    },
  ]);
  expect(told).toHaveLength(1);
});

test('alerts: they are picked by state, severity, subsystem and labels, and counted', async () => {
  await report('mail', 250);
  await report('web', 400);
  await report('web', 1);
  await clock.advance(MINUTE_MS);
  const names = async (query: string) => (await listed(query)).map(({ subsystem }) => subsystem);
  expect(await names('')).toEqual(['mail']);
  expect(await names('?state=recent')).toEqual(['web', 'mail']);
  expect(await names('?state=resolved')).toEqual(['web']);
  expect(await names('?state=recent&limit=1')).toEqual(['web']);
  expect(await names('?severity=critical')).toEqual([]);
  expect(await names('?subsystem=web')).toEqual([]);
  expect(await names(`?match=${encodeURIComponent('{team="post",subsystem=~"m.*"}')}`)).toEqual(['mail']);
  expect(await names(`?match=${encodeURIComponent('alertname="queue-long"')}`)).toEqual(['mail']);
});

test('alerts: a page says how many there are of them in all, and where it begins', async () => {
  await report('mail', 250);
  clock.jump(1);
  await report('web', 400);
  const pageOf = async (query: string) => (await ask('GET', `/api/alerts${query}`)).body;
  expect(await pageOf('?limit=1')).toMatchObject({ alerts: [{ subsystem: 'web' }], total: 2, offset: 0 });
  expect(await pageOf('?limit=1&offset=1')).toMatchObject({ alerts: [{ subsystem: 'mail' }], total: 2 });
  expect(await pageOf('?offset=9')).toEqual({ alerts: [], total: 2, offset: 9, next: null });
  const { next } = (await pageOf('?limit=1')) as { next: string };
  expect(await pageOf(`?limit=1&after=${next}`)).toMatchObject({
    alerts: [{ subsystem: 'mail' }],
    next: null,
  });
  expect(await pageOf('?order=worst&subsystem=mail')).toMatchObject({ total: 1 });
});

const REFUSED = [
  { why: 'a state that is none', url: '/api/alerts?state=asleep' },
  { why: 'a severity that is none', url: '/api/alerts?severity=awful' },
  { why: 'a place that is none', url: '/api/alerts?after=5.alert-1' },
  { why: 'a place of no severity', url: '/api/alerts?after=awful.5.alert-1' },
  { why: 'a limit that is no number', url: '/api/alerts?limit=many' },
  { why: 'a limit of nothing', url: '/api/alerts?limit=0' },
  { why: 'an offset below nothing', url: '/api/alerts?offset=-1' },
  { why: 'an order that is none', url: '/api/alerts?order=best' },
  { why: 'a filter nobody knows', url: '/api/alerts?colour=red' },
] as const;
for (const { why, url } of REFUSED)
  test(`alerts: ${why} is refused`, async () => {
    expect(codeOf(await ask('GET', url))).toEqual([400, 'DN_API_BAD_INPUT']);
  });

test('alerts: a matcher that cannot be read is refused', async () => {
  expect(codeOf(await ask('GET', `/api/alerts?match=${encodeURIComponent('a=~"("')}`))).toEqual([
    400,
    'DN_CORE_MATCHER_INVALID',
  ]);
});

test('alerts: one alert is shown by its id', async () => {
  await report('mail', 250);
  const [alert] = await listed();
  expect((await ask('GET', `/api/alerts/${alert?.id}`)).body).toEqual(alert);
  expect(codeOf(await ask('GET', '/api/alerts/alert-none'))).toEqual([404, 'DN_ALERT_UNKNOWN']);
});

test('alerts: acknowledged, resolved and closed by whom and why, each once, and kept in the audit trail', async () => {
  await report('mail', 250);
  const [alert] = await listed();
  const act = (verb: string) => ask('POST', `/api/alerts/${alert?.id}/${verb}`, { why: 'known' });
  expect((await act('acknowledge')).body).toEqual({ id: alert?.id, done: 'acknowledge' });
  expect((await listed())[0]?.acknowledgedBy).toBe('operator');
  expect(codeOf(await act('close'))).toEqual([404, 'DN_API_NOT_FOUND']);
  expect((await act('resolve')).status).toBe(200);
  expect(codeOf(await act('resolve'))).toEqual([404, 'DN_API_NOT_FOUND']);
  expect((await act('close')).status).toBe(200);
  expect(codeOf(await act('forget'))).toEqual([404, 'DN_API_NOT_FOUND']);
  expect((await core.audit.entries()).map(({ actor, action, target }) => [actor, action, target])).toEqual(
    ['acknowledge', 'resolve', 'close'].map((verb) => ['operator', `alert.${verb}`, alert?.id]),
  );
});

test('alerts: whoever may only look decides nothing', async () => {
  await report('mail', 250);
  const [alert] = await listed();
  expect(codeOf(await ask('POST', `/api/alerts/${alert?.id}/resolve`, {}, 'look'))[0]).toBe(403);
  expect(codeOf(await ask('POST', '/api/silences', { subsystem: 'mail', for: '1h' }, 'look'))[0]).toBe(403);
  expect(codeOf(await ask('POST', '/api/receivers/ops/test', undefined, 'look'))[0]).toBe(403);
});

test('silences: the short form holds back one subsystem, and ends when asked to', async () => {
  const { body } = await ask('POST', '/api/silences', { subsystem: 'mail', for: '1h', comment: 'moving' });
  const made = body as SilenceView;
  expect(made).toMatchObject({
    startsAt: clock.now(),
    endsAt: clock.now() + 60 * MINUTE_MS,
    createdBy: 'operator',
    comment: 'moving',
    matchers: [{ name: 'subsystem', value: 'mail', isEqual: true, isRegex: false }],
  });
  await report('mail', 250);
  await clock.advance(MINUTE_MS);
  expect(told).toEqual([]);
  expect((await listed())[0]?.silencedBy).toEqual([made.id]);
  expect((await ask('DELETE', `/api/silences/${made.id}`)).body).toEqual({ id: made.id, done: 'expired' });
  expect(codeOf(await ask('DELETE', `/api/silences/${made.id}`))).toEqual([404, 'DN_API_NOT_FOUND']);
  await clock.advance(MINUTE_MS);
  expect(told.map(({ status }) => status)).toEqual(['firing']);
  const { silences } = (await ask('GET', '/api/silences')).body as { silences: SilenceView[] };
  expect(silences.map(({ id, state }) => [id, state])).toEqual([[made.id, 'expired']]);
});

test('silences: one by matchers and a duration holds from now on, whatever clock the asker has', async () => {
  const matchers = [{ name: 'team', value: 'post', isRegex: false, isEqual: true }];
  const { body } = await ask('POST', '/api/silences', { matchers, for: '1800000ms', comment: 'moving' });
  expect(body).toMatchObject({
    matchers,
    startsAt: clock.now(),
    endsAt: clock.now() + 30 * MINUTE_MS,
    comment: 'moving',
    createdBy: 'operator',
  });
});

test('silences: one with windows holds back within them only', async () => {
  // It is a Saturday, 15:00 UTC: 16:00 in Berlin.
  const silence = (times: { start: number; end: number }[]) =>
    ask('POST', '/api/silences', {
      matchers: [{ name: 'team', value: 'po.*', isRegex: true, isEqual: true }],
      startsAt: clock.now(),
      endsAt: clock.now() + 7 * 24 * 60 * MINUTE_MS,
      comment: 'the weekend',
      windows: [{ weekdays: [{ begin: 6, end: 6 }], times, location: 'Europe/Berlin' }],
    });
  expect((await silence([{ start: 16 * 60, end: 17 * 60 }])).status).toBe(200);
  await report('mail', 250);
  for (let minute = 0; minute < 55; minute += 5) {
    await clock.advance(5 * MINUTE_MS);
    await report('mail', 250 + minute);
  }
  expect(told).toEqual([]);
  await clock.advance(5 * MINUTE_MS);
  expect(told).toHaveLength(1);
});

const HOPELESS = [
  { why: 'for no time', body: { subsystem: 'mail', for: 'soon' } },
  { why: 'for longer than a year', body: { subsystem: 'mail', for: '9000h' } },
  { why: 'of nobody', body: { matchers: [], startsAt: NOW, endsAt: NOW + 1000, comment: '' } },
  { why: 'with an unknown key', body: { subsystem: 'mail', for: '1h', until: 'later' } },
] as const;
for (const { why, body } of HOPELESS)
  test(`silences: one ${why} is refused`, async () => {
    expect(codeOf(await ask('POST', '/api/silences', body))).toEqual([400, 'DN_API_BAD_INPUT']);
  });

test('silences: one that ends before it begins is refused', async () => {
  const matchers = [{ name: 'team', value: 'post', isRegex: false, isEqual: true }];
  const answer = await ask('POST', '/api/silences', {
    matchers,
    startsAt: NOW,
    endsAt: NOW - 1,
    comment: '',
  });
  expect(codeOf(answer)).toEqual([400, 'DN_CORE_SILENCE_INVALID']);
});

test('rules: each is shown with its condition and where it fires', async () => {
  await report('mail', 250);
  const { rules } = (await ask('GET', '/api/rules', undefined, 'look')).body as { rules: RuleView[] };
  expect(rules).toMatchObject([
    {
      name: 'queue-long',
      on: 'metric',
      condition: 'queue is above 100',
      severity: 'warning',
      firing: ['mail'],
    },
  ]);
});

test('receivers: what came of telling is shown, and of a trial', async () => {
  await report('mail', 250);
  const { receivers } = (await ask('GET', '/api/receivers')).body as { receivers: ReceiverView[] };
  expect(receivers).toMatchObject([{ name: 'ops', notifiers: [{ name: 'webhook[0]', sent: 1, failed: 0 }] }]);
  expect((await ask('POST', '/api/receivers/ops/test')).body).toEqual({
    receiver: 'ops',
    trials: [{ notifier: 'webhook[0]', ok: true }],
  });
  failure = new TypeError('nobody listens there');
  expect((await ask('POST', '/api/receivers/ops/test')).body).toMatchObject({
    trials: [{ notifier: 'webhook[0]', ok: false, error: expect.stringContaining('nobody listens there') }],
  });
  expect(codeOf(await ask('POST', '/api/receivers/nobody/test'))).toEqual([404, 'DN_CORE_RECEIVER_UNKNOWN']);
});

test('alerts: those from elsewhere are listed, and are ended by whoever posted them', async () => {
  core.postAlerts([
    {
      labels: { alertname: 'DiskFull', instance: 'db-1', severity: 'critical' },
      annotations: { summary: 'full' },
    },
  ]);
  await clock.advance(20);
  const [alert] = await listed();
  expect(alert).toMatchObject({ subsystem: 'db-1', severity: 'critical', state: 'active', message: 'full' });
  expect((await ask('GET', `/api/alerts/${alert?.id}`)).status).toBe(200);
  expect(codeOf(await ask('POST', `/api/alerts/${alert?.id}/resolve`, {}))[1]).toBe('DN_CORE_ALERT_EXTERNAL');
});
