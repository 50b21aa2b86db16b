import { createServer, type RequestListener, type Server } from 'node:http';
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Socket,
  type Server as TcpServer,
} from 'node:net';
import { systemClock } from '@dreamnet/kit';
import { afterEach, expect, test } from 'vitest';
import {
  createLegacyWebhookNotifier,
  type LegacyWebhookOptions,
} from '../../src/notifiers/legacy-webhook.js';
import { aNotification } from './alert.fixture.js';

// Real sockets and the real clock: what is tested is how the network's silence is noticed. Deadlines are 60 ms.
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function listen(server: Server | TcpServer): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret-path`;
}
const http = (listener: RequestListener) => {
  const server = createServer(listener);
  closers.push(() => server.closeAllConnections());
  return listen(server);
};
const notifier = (url: string, options: Partial<LegacyWebhookOptions> = {}) =>
  createLegacyWebhookNotifier({ name: 'hook', url, clock: systemClock(), timeoutMs: 60, ...options });
const send = (url: string, options?: Partial<LegacyWebhookOptions>) =>
  notifier(url, options).notify(aNotification(), new AbortController().signal);

test('webhook: posts JSON with the headers of the configuration', async () => {
  let seen: unknown;
  const url = await http(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { method, headers } = request;
    seen = { method, type: headers['content-type'], auth: headers.authorization, body: JSON.parse(body) };
    response.end('ok');
  });
  await send(url, { headers: { authorization: 'Bearer x' } });
  expect(seen).toMatchObject({
    method: 'POST',
    type: 'application/json',
    auth: 'Bearer x',
    body: { version: '4', receiver: 'hook', alerts: [{ labels: { subsystem: 'ledger' } }] },
  });
});

test.each([
  [400, 'DN_NOTIFY_REFUSED', false],
  [401, 'DN_NOTIFY_REFUSED', false],
  [302, 'DN_NOTIFY_REFUSED', false],
  [408, 'DN_NOTIFY_UNAVAILABLE', true],
  [429, 'DN_NOTIFY_UNAVAILABLE', true],
  [503, 'DN_NOTIFY_UNAVAILABLE', true],
])('webhook: status %i is %s, retryable %s', async (status, code, retryable) => {
  const url = await http((_, response) =>
    response.writeHead(status, { location: '/other' }).end('go  away\n'),
  );
  await expect(send(url)).rejects.toMatchObject({ code, retryable, details: { status, answer: 'go away' } });
});

test('webhook: Retry-After is handed on, in seconds or as a date, five minutes at most', async () => {
  const wish = async (value: string) => {
    const url = await http((_, response) => response.writeHead(503, { 'retry-after': value }).end());
    const error = await send(url).catch((thrown) => thrown);
    return error.details.retryAfterMs;
  };
  expect(await wish('7')).toBe(7000);
  expect(await wish('86400')).toBe(300_000);
  expect(await wish(new Date(0).toUTCString())).toBe(0);
  expect(await wish('soon')).toBeUndefined();
});

test('webhook: an answer that never comes is a timeout', async () => {
  const url = await http(() => undefined);
  await expect(send(url)).rejects.toMatchObject({ code: 'DN_NOTIFY_TIMEOUT', retryable: true });
});

test('webhook: a half-open receiver (connects, headers, no end of the body) is a timeout', async () => {
  const sockets: Socket[] = [];
  const server = createTcpServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => socket.destroy());
    socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nstart'));
  });
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
  });
  await expect(send(await listen(server))).rejects.toMatchObject({ code: 'DN_NOTIFY_TIMEOUT' });
});

test('webhook: an endless answer is cut off and counts by its status', async () => {
  const url = await http((_, response) => {
    const more = () => {
      while (response.write('x'.repeat(1000)));
      response.once('drain', more);
    };
    more();
  });
  await send(url, { timeoutMs: 2000 });
});

test('webhook: nobody listening is unreachable; errors never show the path of the address', async () => {
  const url = await http((_, response) => response.end());
  for (const close of closers.splice(0)) close();
  const error = await send(url).catch((thrown) => thrown);
  expect(error).toMatchObject({ code: 'DN_NOTIFY_UNREACHABLE', retryable: true });
  expect(JSON.stringify(error)).not.toContain('secret-path');
  expect(error.message).toContain('ECONNREFUSED');
});

test('webhook: the caller’s signal ends a delivery', async () => {
  const url = await http(() => undefined);
  const controller = new AbortController();
  const sending = notifier(url, { timeoutMs: 5000 }).notify(aNotification(), controller.signal);
  controller.abort();
  await expect(sending).rejects.toMatchObject({ code: 'DN_NOTIFY_UNREACHABLE' });
});

test('webhook: an address that is not http is refused when it is made, without showing it', () => {
  for (const url of ['file:///etc/passwd', 'nonsense'])
    expect(() => notifier(url)).toThrow(expect.objectContaining({ code: 'DN_NOTIFY_CONFIG' }));
});
