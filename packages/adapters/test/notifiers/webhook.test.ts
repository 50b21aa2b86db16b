import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@dreamnet/kit';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { fileSecret } from '../../src/notifiers/secret.js';
import { createWebhookNotifier, type WebhookNotifierOptions } from '../../src/notifiers/webhook.js';
import { toWebhookPayload } from '../../src/notifiers/webhook-payload.js';
import { type HttpReceiver, startHttpReceiver } from './http-receiver.fixture.js';
import { aFiringAlert, aGroupNotification, aResolvedAlert } from './notification.fixture.js';

let receiver: HttpReceiver;
beforeAll(async () => {
  receiver = await startHttpReceiver();
});
afterAll(() => receiver.close());
beforeEach(() => {
  receiver.seen.length = 0;
  receiver.answer = (response) => void response.end();
});

const signal = () => new AbortController().signal;
const make = (over: Partial<WebhookNotifierOptions> = {}) =>
  createWebhookNotifier({ name: 'webhook[0]', clock: systemClock(), url: `${receiver.url}/hook`, ...over });

test('webhook: the body is version 4 of Alertmanager, field by field and in its order', async () => {
  const alerts = [aFiringAlert(), aResolvedAlert({ fingerprint: '1111111111111111' })];
  await make().notify(aGroupNotification({ alerts, truncatedAlerts: 3 }), signal());
  const body = receiver.seen[0]?.body ?? '';
  expect(body).toBe(
    '{"receiver":"team","status":"firing","alerts":[{"status":"firing","labels":{"alertname":"AgentDown","node":"n1","severity":"critical"},"annotations":{"summary":"agent 1 is down"},"startsAt":"2026-11-21T14:03:12.250Z","endsAt":"0001-01-01T00:00:00Z","generatorURL":"http://prometheus.example/graph","fingerprint":"9f86d081884c7d65"},{"status":"resolved","labels":{"alertname":"AgentDown","node":"n1","severity":"critical"},"annotations":{"summary":"agent 1 is down"},"startsAt":"2026-11-21T14:03:12.250Z","endsAt":"2026-11-21T14:04:12.250Z","generatorURL":"http://prometheus.example/graph","fingerprint":"1111111111111111"}],"groupLabels":{"alertname":"AgentDown"},"commonLabels":{"alertname":"AgentDown","severity":"critical"},"commonAnnotations":{},"externalURL":"http://console.example","version":"4","groupKey":"{}:{alertname=\\"AgentDown\\"}","truncatedAlerts":3}',
  );
  expect(receiver.seen[0]?.headers['content-type']).toBe('application/json');
});

test('webhook: a long list of alerts is the same text, whatever the names are', async () => {
  const count = 2345;
  const alerts = Array.from({ length: count }, (_, index) => aFiringAlert({ fingerprint: `${index}` }));
  const notification = aGroupNotification({ receiver: 'a "alerts":[] b', alerts });
  await make().notify(notification, signal());
  expect(receiver.seen[0]?.body).toBe(JSON.stringify(toWebhookPayload(notification)));
});

test('webhook: bearer token from a file is read again at each use', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dreamnet-secret-'));
  const file = join(folder, 'token');
  try {
    const notifier = make({ access: { authorization: { credentials: fileSecret(file) } } });
    for (const token of ['first', 'second']) {
      writeFileSync(file, `${token}\n`);
      await notifier.notify(aGroupNotification(), signal());
    }
    rmSync(file);
    await expect(notifier.notify(aGroupNotification(), signal())).rejects.toMatchObject({
      code: 'DN_NOTIFY_CONFIG',
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
  expect(receiver.seen.map(({ headers }) => headers.authorization)).toEqual([
    'Bearer first',
    'Bearer second',
  ]);
});

test('webhook: user and password may stand in the address', async () => {
  await make({ url: receiver.url.replace('://', '://user:p%40ss@') }).notify(aGroupNotification(), signal());
  const pair = Buffer.from('user:p@ss').toString('base64');
  expect(receiver.seen[0]?.headers.authorization).toBe(`Basic ${pair}`);
});

test("webhook: a receiver's wish to wait is told to whoever tries again", async () => {
  receiver.answer = (response) => void response.writeHead(429, { 'retry-after': '7' }).end();
  await expect(make().notify(aGroupNotification(), signal())).rejects.toMatchObject({
    retryable: true,
    details: { retryAfterMs: 7000, status: 429 },
  });
});

for (const [status, isRetryable] of [
  [400, false],
  [404, false],
  [302, false],
  [408, true],
  [500, true],
  [503, true],
] as const)
  test(`webhook: the answer ${status} is ${isRetryable ? 'worth another try' : 'final'}`, async () => {
    receiver.answer = (response) => void response.writeHead(status, { location: '/elsewhere' }).end();
    await expect(make().notify(aGroupNotification(), signal())).rejects.toMatchObject({
      retryable: isRetryable,
    });
    expect(receiver.seen).toHaveLength(1);
  });

test('webhook: 307 is followed with the same body when that is allowed, and not otherwise', async () => {
  receiver.answer = (response, { path }) => {
    if (path === '/hook') response.writeHead(307, { location: '/moved' });
    response.end();
  };
  await expect(make().notify(aGroupNotification(), signal())).rejects.toMatchObject({
    code: 'DN_NOTIFY_REFUSED',
  });
  await make({ access: { followsRedirects: true } }).notify(aGroupNotification(), signal());
  expect(receiver.seen.map(({ path }) => path)).toEqual(['/hook', '/hook', '/moved']);
  expect(receiver.seen[2]?.body).toBe(receiver.seen[1]?.body);
});

test('webhook: credentials do not go along to another place', async () => {
  const other = await startHttpReceiver();
  try {
    receiver.answer = (response) => void response.writeHead(308, { location: other.url }).end();
    const access = { followsRedirects: true, authorization: { credentials: 'token' } };
    await make({ access }).notify(aGroupNotification(), signal());
    expect(other.seen).toHaveLength(1);
    expect(other.seen[0]?.headers.authorization).toBeUndefined();
  } finally {
    await other.close();
  }
});

test('webhook: an answer without end is cut off', async () => {
  receiver.answer = (response) => {
    response.writeHead(500);
    const more = () => {
      if (!response.destroyed) response.write('x'.repeat(4096), more);
    };
    more();
  };
  await expect(make().notify(aGroupNotification(), signal())).rejects.toMatchObject({
    code: 'DN_NOTIFY_UNAVAILABLE',
  });
});

test('webhook: an address that is none is refused when the notifier is made', () => {
  expect(() => make({ url: 'ftp://example.org' })).toThrow('not an http or https address');
});
