import { afterEach, expect, test } from 'vitest';
import { agentcoreProbe, invokeAgentcore } from '../../src/index.js';
import { closeAll, serveHttp, unusedPort } from '../fixtures/servers.js';

// These wait for real sockets: a fake clock cannot move the kernel.
afterEach(closeAll);

const patient = new AbortController().signal;

async function probeOf(status: number, body: string) {
  const url = await serveHttp((_request, response) => response.writeHead(status).end(body));
  return agentcoreProbe(url)(patient);
}

test('agentcore probe: Healthy is ready without work, HealthyBusy is ready with work in flight', async () => {
  expect(await probeOf(200, '{"status":"Healthy","time_of_last_update":17}')).toMatchObject({
    ok: true,
    reason: '/ping says Healthy',
    work: { isBusy: false, movedAt: 17 },
  });
  const busy = await probeOf(200, '{"status":"HealthyBusy"}');
  expect(busy).toMatchObject({ ok: true, work: { isBusy: true } });
  expect(busy.work).not.toHaveProperty('movedAt');
});

test('agentcore probe: another status, another state and no JSON are answers, and not ready', async () => {
  expect(await probeOf(503, '{"status":"Unhealthy","reason":"its index is rebuilt"}')).toMatchObject({
    ok: false,
    isAnswered: true,
    reason: '/ping answered 503: its index is rebuilt',
  });
  expect(await probeOf(200, '{"status":"Draining"}')).toMatchObject({
    ok: false,
    isAnswered: true,
    reason: '/ping says "Draining", neither Healthy nor HealthyBusy',
  });
  expect(await probeOf(200, 'pong')).toMatchObject({ ok: false, isAnswered: true });
  expect(await probeOf(200, 'null')).toMatchObject({ ok: false, isAnswered: true });
  const deep = `{"status":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
  expect(await probeOf(200, deep)).toMatchObject({
    isAnswered: true,
    reason: '/ping says no status, neither Healthy nor HealthyBusy',
  });
});

test('agentcore probe: nobody there is not ready and not answered', async () => {
  const port = await unusedPort();
  expect(await agentcoreProbe(`http://127.0.0.1:${port}`)(patient)).toMatchObject({
    ok: false,
    isAnswered: false,
    reason: 'connection refused',
  });
});

test('agentcore call: POST /invocations names the capability and a session of at least 33 characters', async () => {
  const url = await serveHttp(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    response.setHeader('content-type', 'application/json');
    const session = String(request.headers['x-amzn-bedrock-agentcore-runtime-session-id']);
    response.end(
      JSON.stringify({
        path: request.url,
        capability: request.headers['dreamnet-capability'],
        isLongEnough: session.length >= 33 && session.length <= 256,
        body: String(Buffer.concat(parts)),
      }),
    );
  });
  expect(await invokeAgentcore(url, { a: 1 }, { capability: 'text.count' })).toEqual({
    path: '/invocations',
    capability: 'text.count',
    isLongEnough: true,
    body: '{"a":1}',
  });
});
