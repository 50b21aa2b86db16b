import { afterEach, expect, test } from 'vitest';
import { protocolsError } from '../../src/errors.js';
import { connectA2a } from '../../src/index.js';
import { closeAll, serveHttp, unusedPort } from '../fixtures/servers.js';

afterEach(closeAll);

const patient = new AbortController().signal;
const CARD = '/.well-known/agent-card.json';

async function serveCard(card: (url: string) => unknown, onRpc: (body: string) => unknown = () => undefined) {
  let url = '';
  url = await serveHttp((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      if (request.url === CARD && request.headers['if-none-match'] === '"v1"')
        return response.writeHead(304).end();
      const answer = request.url === CARD ? card(url) : onRpc(body);
      // No answer at all stands for a wedged request handler.
      if (answer !== undefined) response.setHeader('etag', '"v1"').end(JSON.stringify(answer));
    });
  });
  return url;
}

const cardWith = (rpcUrl: string) => ({
  name: 'a',
  supportedInterfaces: [{ url: rpcUrl, protocolBinding: 'JSONRPC', protocolVersion: '1.0' }],
});

test('probe: a served card does not hide a wedged request handler; the card comes by ETag', async () => {
  const url = await serveCard((base) => cardWith(`${base}/rpc`));
  const session = await connectA2a(url, { probeTimeoutMs: 80 });
  expect(await session.probe(patient)).toMatchObject({
    ok: false,
    reason: 'the card is served, but ListTasks: no answer within 80 ms',
  });
});

test('probe: without ListTasks a task that cannot exist is asked for', async () => {
  const url = await serveCard(
    (base) => cardWith(`${base}/rpc`),
    (body) => {
      const { method } = JSON.parse(body);
      const code = method === 'GetTask' ? -32001 : -32601;
      return { jsonrpc: '2.0', id: 1, error: { code, message: 'no' } };
    },
  );
  const session = await connectA2a(url);
  expect(await session.probe(patient)).toMatchObject({
    ok: true,
    evidence: {
      cardStatus: 304,
      asked: [`GET ${url}${CARD}`, 'GetTask of a task that does not exist'],
    },
  });
});

test('card: an interface or a redirect on another host is refused, unless that host is allowed', async () => {
  const url = await serveCard(() => cardWith('http://169.254.169.254/latest'));
  await expect(connectA2a(url)).rejects.toMatchObject({ code: 'DN_A2A_FOREIGN_ADDRESS' });
  await expect(connectA2a(url, { allowedHosts: ['169.254.169.254'] })).resolves.toBeDefined();
  const moved = await serveHttp((_request, response) =>
    response.writeHead(302, { location: 'http://192.0.2.1/card.json' }).end(),
  );
  await expect(connectA2a(moved)).rejects.toMatchObject({ code: 'DN_A2A_FOREIGN_ADDRESS' });
});

test('card: a redirect on the same host is followed, but not for ever', async () => {
  const goal = await serveCard((base) => cardWith(`${base}/rpc`));
  const once = await serveHttp((_request, response) =>
    response.writeHead(302, { location: `${goal}${CARD}` }).end(),
  );
  expect((await connectA2a(once)).card.name).toBe('a');
  const circle = await serveHttp((_request, response) => response.writeHead(302, { location: CARD }).end());
  await expect(connectA2a(circle)).rejects.toMatchObject({ code: 'DN_HTTP_REFUSED' });
});

test('card: what cannot be used says why', async () => {
  const cases: [unknown, string][] = [
    [[], 'not a JSON object'],
    [{ version: '1' }, 'no name'],
    [{ name: 'a' }, 'no JSON-RPC interface'],
    [
      { name: 'a', supportedInterfaces: [{ url: 'x', protocolBinding: 'GRPC', protocolVersion: '1.0' }] },
      'no JSON-RPC',
    ],
    [{ name: 'a', url: 'http://127.0.0.1/', protocolVersion: '0.1' }, 'no JSON-RPC interface'],
  ];
  for (const [card, reason] of cases) {
    const url = await serveCard(() => card);
    await expect(connectA2a(url)).rejects.toMatchObject({
      code: 'DN_A2A_BAD_CARD',
      message: expect.stringContaining(reason),
    });
  }
});

test('connect: nobody there is retryable and undelivered', async () => {
  const attempt = connectA2a(`http://127.0.0.1:${await unusedPort()}`);
  await expect(attempt).rejects.toMatchObject({ code: 'DN_HTTP_UNREACHABLE', retryable: true });
});

test('answer: neither message nor task is refused; an RPC error carries the code', async () => {
  const answers = [
    [{ jsonrpc: '2.0', id: 1, result: { other: 1 } }, 'DN_A2A_BAD_ANSWER'],
    [{ hello: 1 }, 'DN_A2A_BAD_ANSWER'],
    [{ jsonrpc: '2.0', id: 'zzz', result: { message: { parts: [{ text: 'hi' }] } } }, 'DN_A2A_BAD_ANSWER'],
    [{ jsonrpc: '2.0', id: 2, error: { code: -32009, message: 'version' } }, 'DN_A2A_BAD_ANSWER'],
    [{ jsonrpc: '2.0', id: null, error: { code: -32700, message: 'parse' } }, 'DN_A2A_REQUEST_FAILED'],
    [{ jsonrpc: '2.0', id: 1, error: { code: -32009, message: 'version' } }, 'DN_A2A_REQUEST_FAILED'],
  ] as const;
  for (const [answer, code] of answers) {
    const url = await serveCard(
      (base) => cardWith(`${base}/rpc`),
      () => answer,
    );
    const session = await connectA2a(url);
    await expect(session.invoke('x')).rejects.toMatchObject({ code });
  }
});

/** What `JSON.stringify` cannot write, put into what it can by its text. */
const TOO_DEEP = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;

test('a card or an answer that nests too deeply is refused by name, not by the end of the stack', async () => {
  const serve = (card: string, rpc: string) =>
    serveHttp((request, response) => {
      request.resume();
      response.end(request.url === CARD ? card.replace('BASE', request.headers.host ?? '') : rpc);
    });
  const card = JSON.stringify(cardWith('http://BASE/rpc'));
  const bad = await serve(`{"tags":${TOO_DEEP},${card.slice(1)}`, '{}');
  await expect(connectA2a(bad)).rejects.toMatchObject({
    code: 'DN_A2A_BAD_CARD',
    message: expect.stringContaining('nests deeper than 500 levels'),
  });
  const message = `{"message":{"parts":[{"data":${TOO_DEEP}}]}}`;
  const session = await connectA2a(await serve(card, `{"jsonrpc":"2.0","id":1,"result":${message}}`));
  await expect(session.invoke('work')).rejects.toMatchObject({
    code: 'DN_A2A_BAD_ANSWER',
    message: expect.stringContaining('nests deeper than 500 levels'),
    details: { delivered: true },
  });
});

test('an error without end that an agent answers with is cut, in a probe', async () => {
  const url = await serveCard(
    (base) => cardWith(`${base}/rpc`),
    () => ({ jsonrpc: '2.0', id: 1, error: { code: -1, message: 'E'.repeat(500_000) } }),
  );
  const session = await connectA2a(url, { probeTimeoutMs: 5000 });
  const told = await session.probe(patient);
  expect(told).toMatchObject({ ok: false, reason: expect.stringContaining('more characters') });
  expect(told.reason.length).toBeLessThan(5000);
});

test('errors of protocols: what the other side said is cut in the message and in the details', () => {
  const error = protocolsError('DN_MCP_REQUEST_FAILED', {
    method: 'tools/call',
    reason: 'E'.repeat(20_000_000),
    rpcCode: -1,
    delivered: true,
  });
  expect(JSON.stringify(error).length).toBeLessThan(10_000);
  expect(error).toMatchObject({ details: { rpcCode: -1, delivered: true } });
});

test('probe: a card or an answer that is too much for a question is told as that, and counts as an answer', async () => {
  const empties = Array.from({ length: 400_000 }, () => ({}));
  let card: unknown;
  let isAlwaysLong = true;
  const url = await serveCard(
    (base) => card ?? cardWith(`${base}/rpc`),
    (body) => {
      const isLong = body.includes('ListTasks') || isAlwaysLong;
      const error = { code: -32001, message: 'no such task' };
      return { jsonrpc: '2.0', id: 1, ...(isLong ? { result: { tasks: empties } } : { error }) };
    },
  );
  const session = await connectA2a(url);
  expect(await session.probe(patient)).toMatchObject({
    ok: false,
    isAnswered: true,
    reason: 'the card is served, but ListTasks: answered more than 1 MiB',
  });
  // Who has large tasks works all the same.
  isAlwaysLong = false;
  expect(await session.probe(patient)).toMatchObject({
    ok: true,
    reason: "answered 'GetTask'; ListTasks: answered more than 1 MiB",
  });
  card = { ...cardWith(`${url}/rpc`), skills: empties };
  await expect(connectA2a(url)).rejects.toMatchObject({
    code: 'DN_HTTP_BODY_TOO_LARGE',
    details: { limitBytes: 1024 * 1024, reason: 'answered more than 1 MiB' },
  });
});
