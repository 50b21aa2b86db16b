import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { connectMcp, toolOutput } from '../../src/index.js';
import { headerValue } from '../../src/mcp/http-channel.js';
import { closeAll, serveHttp, serveTcp } from '../fixtures/servers.js';

afterEach(closeAll);

const patient = new AbortController().signal;

interface Seen {
  method: string;
  headers: IncomingMessage['headers'];
  body: Record<string, unknown> & { id?: number; method?: string; params?: Record<string, unknown> };
}

/** An MCP endpoint; `answer` gives the JSON-RPC body, or writes the response itself and gives undefined. */
async function serveMcp(answer: (seen: Seen, response: ServerResponse) => unknown) {
  const seen: Seen[] = [];
  const url = await serveHttp((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const body = text === '' ? {} : JSON.parse(text);
      const entry = { method: request.method ?? '', headers: request.headers, body };
      seen.push(entry);
      const reply = answer(entry, response);
      if (reply === undefined) return;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ jsonrpc: '2.0', id: body.id, ...(reply as object) }));
    });
  });
  return { url: `${url}/mcp`, seen };
}

const DISCOVERED = {
  result: { resultType: 'complete', supportedVersions: ['2026-07-28'], capabilities: {} },
};

test('modern over http: every request carries revision, method and name as headers and in _meta', async () => {
  const { url, seen } = await serveMcp(({ body }) =>
    body.method === 'tools/call' ? { result: { resultType: 'complete', content: [] } } : DISCOVERED,
  );
  const session = await connectMcp({ url, headers: { authorization: 'Bearer t' } });
  await session.callTool('wörk', {});
  expect(session.verdict.era).toBe('modern');
  expect(seen[1]).toMatchObject({
    headers: {
      authorization: 'Bearer t',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': `=?base64?${Buffer.from('wörk').toString('base64')}?=`,
    },
    body: { params: { _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' } } },
  });
  expect(await session.probe(patient)).toMatchObject({ ok: true });
});

test('legacy over http: after a refusal initialize opens a session, which is repeated and ended', async () => {
  const { url, seen } = await serveMcp(({ body, method }, response) => {
    if (method === 'DELETE' || body.id === undefined) return void response.writeHead(202).end();
    if (body.method === 'server/discover') return void response.writeHead(400).end('Bad Request: no session');
    response.setHeader('mcp-session-id', 's-1');
    if (body.method === 'initialize') return { result: { protocolVersion: '2025-06-18', capabilities: {} } };
    return { result: {} };
  });
  const session = await connectMcp({ url });
  expect(session.verdict).toMatchObject({ era: 'legacy', version: '2025-06-18' });
  expect(await session.probe(patient)).toMatchObject({ ok: true, evidence: { asked: 'ping' } });
  await session.close();
  const ping = seen.find(({ body }) => body.method === 'ping');
  expect(ping?.headers).toMatchObject({ 'mcp-session-id': 's-1', 'mcp-protocol-version': '2025-06-18' });
  expect(seen.at(-1)).toMatchObject({ method: 'DELETE', headers: { 'mcp-session-id': 's-1' } });
});

test('legacy over http: a server that has forgotten the session closes it', async () => {
  const { url } = await serveMcp(({ body }, response) => {
    if (body.id === undefined) return void response.writeHead(202).end();
    response.setHeader('mcp-session-id', 's-1');
    if (body.method === 'initialize') return { result: { protocolVersion: '2025-11-25', capabilities: {} } };
    return void response.writeHead(404).end();
  });
  const session = await connectMcp({ url }, { prior: { era: 'legacy' } });
  const reasons: string[] = [];
  session.onClose((error) => reasons.push(error.message));
  expect(await session.probe(patient)).toMatchObject({ ok: false });
  expect(reasons).toEqual(['The MCP connection is closed: the server has forgotten the session']);
});

test('event stream: notices and questions may come before the answer, torn at any byte', async () => {
  const { url, seen } = await serveMcp(({ body }, response) => {
    if (body.method === 'server/discover') return { error: { code: -32601, message: 'no' } };
    if (body.method === 'initialize') return { result: { protocolVersion: '2025-11-25', capabilities: {} } };
    if (body.method !== 'tools/call') return void response.writeHead(202).end();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const result = { content: [{ type: 'text', text: 'grüße' }] };
    const bytes = Buffer.from(
      `: hello\r\n\r\nevent: message\r\ndata: {"jsonrpc":"2.0","id":"q","method":"ping"}\r\n\r\n` +
        `data: ${JSON.stringify({ jsonrpc: '2.0', id: body.id, result })}\n\n`,
    );
    for (let at = 0; at < bytes.length; at += 3) response.write(bytes.subarray(at, at + 3));
    // The stream is left open: the client must not wait for its end.
    return undefined;
  });
  const session = await connectMcp({ url });
  expect(toolOutput(await session.callTool('any', {}))).toBe('grüße');
  await expect.poll(() => seen.some(({ body }) => body.id === ('q' as never) && 'result' in body)).toBe(true);
});

test('http: silence is a timeout in the words of MCP, no connection is undelivered', async () => {
  const { url } = await serveMcp(({ body }) => (body.method === 'tools/call' ? undefined : DISCOVERED));
  const session = await connectMcp({ url });
  await expect(session.callTool('any', {}, { timeoutMs: 60 })).rejects.toMatchObject({
    code: 'DN_MCP_TIMEOUT',
    details: { delivered: true },
  });
  const port = await serveTcp(() => undefined);
  await closeAll();
  const attempt = connectMcp({ url: `http://127.0.0.1:${port}/mcp` });
  await expect(attempt).rejects.toMatchObject({ code: 'DN_HTTP_UNREACHABLE', retryable: true });
});

test('version: a modern server without a common revision is named as such', async () => {
  const { url } = await serveMcp((_seen, response) => {
    response.statusCode = 400;
    return { error: { code: -32022, message: 'unsupported', data: { supported: ['2027-01-01'] } } };
  });
  await expect(connectMcp({ url })).rejects.toMatchObject({
    code: 'DN_MCP_NO_COMMON_VERSION',
    message: expect.stringContaining('2027-01-01'),
  });
});

test('header value: plain when it can be, wrapped when it must be', () => {
  expect(headerValue('get_weather')).toBe('get_weather');
  expect(headerValue('two words')).toBe('two words');
  for (const text of [' lead', 'trail ', 'new\nline', 'ü', '', '=?base64?x?='])
    expect(headerValue(text)).toBe(`=?base64?${Buffer.from(text).toString('base64')}?=`);
});
