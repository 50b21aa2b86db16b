import { afterEach, expect, test } from 'vitest';
import { invokeHttp } from '../../src/index.js';
import { closeAll, serveHttp, serveTcp, unusedPort } from '../fixtures/servers.js';

afterEach(closeAll);

test('invoke: posts JSON and reads JSON', async () => {
  const url = await serveHttp((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      response.setHeader('content-type', 'application/json; charset=utf-8');
      response.end(JSON.stringify({ got: JSON.parse(body), key: request.headers['idempotency-key'] }));
    });
  });
  expect(await invokeHttp(url, { q: 'ü' }, { idempotencyKey: 'k1' })).toEqual({ got: { q: 'ü' }, key: 'k1' });
});

test('invoke: the type of an answer ignores case', async () => {
  const url = await serveHttp((_, response) => {
    response.setHeader('content-type', 'Application/JSON;Charset=UTF-8');
    response.end('{"sum":5}');
  });
  expect(await invokeHttp(url, {})).toEqual({ sum: 5 });
});

test('invoke: an answer that is not declared as JSON is text, an empty one is undefined', async () => {
  const url = await serveHttp((request, response) => response.end(request.url === '/empty' ? '' : 'plain'));
  expect(await invokeHttp(url, null)).toBe('plain');
  expect(await invokeHttp(`${url}/empty`, null)).toBe(undefined);
});

test('invoke: JSON that nests too deeply is refused by name, as an answer that came', async () => {
  const url = await serveHttp((_, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`);
  });
  await expect(invokeHttp(url, {})).rejects.toMatchObject({
    code: 'DN_HTTP_BAD_ANSWER',
    message: expect.stringContaining('nests deeper than 500 levels'),
    details: { delivered: true },
  });
});

test('invoke: each failure says whether it may be repeated and whether the request arrived', async () => {
  const url = await serveHttp((request, response) => {
    const status = Number(request.url?.slice(1));
    response.writeHead(status, { 'content-type': 'application/json' }).end(status === 200 ? '{' : 'because');
  });
  const halfOpen = await serveTcp(() => undefined);
  const cases = [
    [`${url}/400`, 'DN_HTTP_REFUSED', false, true],
    [`${url}/302`, 'DN_HTTP_REFUSED', false, true],
    [`${url}/429`, 'DN_HTTP_UNAVAILABLE', true, false],
    [`${url}/500`, 'DN_HTTP_UNAVAILABLE', true, true],
    [`${url}/503`, 'DN_HTTP_UNAVAILABLE', true, false],
    [`${url}/200`, 'DN_HTTP_BAD_ANSWER', false, true],
    [`http://127.0.0.1:${halfOpen}/`, 'DN_HTTP_TIMEOUT', true, true],
  ] as const;
  for (const [target, code, retryable, delivered] of cases) {
    const attempt = invokeHttp(target, null, { timeoutMs: 150 });
    await expect(attempt, target).rejects.toMatchObject({ code, retryable, details: { delivered } });
  }
  const refused = invokeHttp(`http://127.0.0.1:${await unusedPort()}/`, null);
  await expect(refused).rejects.toMatchObject({
    code: 'DN_HTTP_UNREACHABLE',
    retryable: true,
    details: { delivered: false },
  });
});

test('invoke: an answer over the limit is refused', async () => {
  const url = await serveHttp((_request, response) => response.end('x'.repeat(2000)));
  await expect(invokeHttp(url, null, { limitBytes: 1000 })).rejects.toMatchObject({
    code: 'DN_HTTP_BODY_TOO_LARGE',
  });
});
