import { systemClock } from '@dreamnet/kit';
import { afterEach, expect, test } from 'vitest';
import { connectionReason } from '../../src/http/exchange.js';
import { httpProbe, tcpProbe } from '../../src/index.js';
import { closeAll, serveHttp, serveTcp, unusedPort } from '../fixtures/servers.js';

// These wait for real sockets: a fake clock cannot move the kernel. Deadlines are kept short.
afterEach(closeAll);

const patient = new AbortController().signal;

test('http probe: a good status is ready, with what was asked as evidence', async () => {
  const url = await serveHttp((_request, response) => response.end('fine'));
  expect(await httpProbe({ url: `${url}/healthz?token=secret` })(patient)).toMatchObject({
    ok: true,
    reason: 'answered 200',
    evidence: { asked: `GET ${url}/healthz`, status: 200, bodyBytes: 4 },
  });
});

test('http probe: another status, a redirect included, is not ready', async () => {
  const url = await serveHttp((request, response) => {
    response.writeHead(request.url === '/moved' ? 302 : 503, { location: '/' }).end();
  });
  expect(await httpProbe({ url })(patient)).toMatchObject({
    ok: false,
    reason: 'answered 503, expected 200 to 299',
  });
  expect(await httpProbe({ url: `${url}/moved` })(patient)).toMatchObject({
    ok: false,
    reason: 'answered 302, expected 200 to 299',
  });
  expect(await httpProbe({ url, expectStatus: 503 })(patient)).toMatchObject({ ok: true });
});

test('http probe: a half-open server, accepting and never answering, times out', async () => {
  const port = await serveTcp(() => undefined);
  const result = await httpProbe({ url: `http://127.0.0.1:${port}/`, timeoutMs: 80 })(patient);
  expect(result).toMatchObject({ ok: false, reason: 'no answer within 80 ms' });
});

test('http probe: headers without the rest of the body time out too', async () => {
  const port = await serveTcp((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc'));
  const result = await httpProbe({ url: `http://127.0.0.1:${port}/`, timeoutMs: 80 })(patient);
  expect(result).toMatchObject({ ok: false, reason: 'no answer within 80 ms' });
});

test('http probe: a refused connection is told at once', async () => {
  const result = await httpProbe({ url: `http://127.0.0.1:${await unusedPort()}/`, timeoutMs: 5000 })(
    patient,
  );
  expect(result).toMatchObject({ ok: false, reason: 'connection refused' });
  expect(result.latencyMs).toBeLessThan(1000);
});

test('http probe: a broken answer is told apart', async () => {
  const notHttp = await serveTcp((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
  expect(await httpProbe({ url: `http://127.0.0.1:${notHttp}/` })(patient)).toMatchObject({
    ok: false,
    reason: 'what answers there does not speak HTTP',
  });
  const half = await serveTcp((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc'));
  expect(await httpProbe({ url: `http://127.0.0.1:${half}/` })(patient)).toMatchObject({
    ok: false,
    reason: 'the connection was closed in the middle of the answer',
  });
});

test('http probe: an endless body is cut at the limit and does not count against the server', async () => {
  const url = await serveHttp((_request, response) => {
    const more = () => {
      while (response.write('x'.repeat(65_536)));
      response.once('drain', more);
    };
    more();
  });
  expect(await httpProbe({ url, timeoutMs: 2000 })(patient)).toMatchObject({ ok: true });
});

test('http probe: settles when the signal aborts, before or during', async () => {
  const port = await serveTcp(() => undefined);
  const probe = httpProbe({ url: `http://127.0.0.1:${port}/`, timeoutMs: 60_000 });
  const reason = 'cancelled before an answer came';
  expect(await probe(AbortSignal.timeout(30))).toMatchObject({ ok: false, reason });
  expect(await probe(AbortSignal.abort())).toMatchObject({ ok: false, reason });
});

test('http probe: each asking has a socket of its own', async () => {
  const ports = new Set<number | undefined>();
  const url = await serveHttp((request, response) => {
    ports.add(request.socket.remotePort);
    response.end();
  });
  const probe = httpProbe({ url });
  await probe(patient);
  await probe(patient);
  expect(ports.size).toBe(2);
});

test('http probe: what is no URL is refused when the probe is made', () => {
  expect(() => httpProbe({ url: 'localhost:80' })).toThrow(
    expect.objectContaining({ code: 'DN_HTTP_BAD_URL' }),
  );
});

test('tcp probe: accepting is ready, refusing is told at once', async () => {
  const port = await serveTcp(() => undefined);
  expect(await tcpProbe({ port })(patient)).toMatchObject({ ok: true, reason: 'accepts connections' });
  expect(await tcpProbe({ port: await unusedPort() })(patient)).toMatchObject({
    ok: false,
    reason: 'connection refused',
  });
  expect(await tcpProbe({ port })(AbortSignal.abort())).toMatchObject({ ok: false });
});

test('http probe: a bad answer is told apart from no answer', async () => {
  const failing = await serveHttp((_request, response) => response.writeHead(500).end());
  const notHttp = await serveTcp((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
  const silent = await serveTcp(() => undefined);
  const ask = (url: string) => httpProbe({ url, timeoutMs: 80 })(patient);
  expect(await ask(failing)).toMatchObject({ ok: false, isAnswered: true });
  expect(await ask(`http://127.0.0.1:${notHttp}/`)).toMatchObject({ ok: false, isAnswered: true });
  expect(await ask(`http://127.0.0.1:${silent}/`)).toMatchObject({ ok: false, isAnswered: false });
  expect(await ask(`http://127.0.0.1:${await unusedPort()}/`)).toMatchObject({
    ok: false,
    isAnswered: false,
  });
});

test('http probe: why TLS failed is told in words, not as a code', () => {
  const reason = (code: string) => connectionReason(Object.assign(new Error('x'), { code }));
  expect(reason('EPROTO')).toBe('no TLS connection came about; does what answers there speak https?');
  expect(reason('CERT_HAS_EXPIRED')).toBe('its certificate has expired');
  expect(reason('DEPTH_ZERO_SELF_SIGNED_CERT')).toBe('nobody who is trusted here has signed its certificate');
  expect(reason('ERR_TLS_CERT_ALTNAME_INVALID')).toBe('its certificate is for another name');
  expect(reason('ETIMEDOUT')).toBe('no connection came about in time');
});

/** Nothing is read or fired meanwhile. */
function standStill(ms: number): void {
  const { monotonic } = systemClock();
  for (const untilMs = monotonic() + ms; monotonic() < untilMs; );
}

test('http and tcp probes: an answer that came while this program itself stood still counts', async () => {
  const url = await serveHttp((_request, response) => response.end('fine'));
  const { port } = new URL(url);
  const asked = [
    httpProbe({ url, timeoutMs: 200 })(patient),
    tcpProbe({ port: Number(port), timeoutMs: 200 })(patient),
  ];
  standStill(600);
  for (const result of await Promise.all(asked)) expect(result).toMatchObject({ ok: true });
});
