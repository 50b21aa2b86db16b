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

/** How servers say that they do not know a session: status, content type and body. */
type Forgetting = readonly [status: number, type: string, body: (id: unknown) => string];

const rpcError = (id: unknown, code: number, message: string) =>
  JSON.stringify({ jsonrpc: '2.0', id, error: { code, message } });

const FORGETTING: readonly Forgetting[] = [
  [404, 'text/plain', () => ''],
  [404, 'application/json', () => rpcError(null, -32001, 'Session not found')],
  [400, 'application/json', () => rpcError(null, -32000, 'Bad Request: No valid session ID provided')],
  [400, 'application/json', () => rpcError('server-error', -32600, 'Bad Request: Invalid session ID')],
  [400, 'application/json', () => rpcError(null, -32000, 'Bad Request: Server not initialized')],
  [400, 'application/json', (id) => rpcError(id, -32000, 'The session has expired or is unknown')],
  [400, 'text/plain', () => 'Bad Request: No valid session ID provided'],
];

/** A legacy server whose sessions last `lasts` requests each; its tool `any` gives how often tools ran. */
async function serveForgetful(lasts: number, [status, type, words]: Forgetting) {
  const left = new Map<string, number>();
  const counts = { handshakes: 0, runs: 0, turnedAway: 0 };
  const served = await serveMcp(({ body, headers, method }, response) => {
    if (method === 'DELETE' || body.id === undefined) return void response.writeHead(202).end();
    if (body.method === 'initialize') {
      counts.handshakes += 1;
      const id = `s-${counts.handshakes}`;
      left.set(id, headers['mcp-session-id'] === undefined ? lasts : 0);
      response.setHeader('mcp-session-id', id);
      return { result: { protocolVersion: '2025-11-25', capabilities: {} } };
    }
    const id = String(headers['mcp-session-id']);
    const more = left.get(id) ?? 0;
    left.set(id, more - 1);
    if (more <= 0) {
      counts.turnedAway += 1;
      return void response.writeHead(status, { 'content-type': type }).end(words(body.id));
    }
    if (body.method !== 'tools/call') return { result: {} };
    counts.runs += 1;
    return { result: { content: [{ type: 'text', text: `run ${counts.runs}` }] } };
  });
  return { ...served, counts, forgetAll: () => left.clear() };
}

const legacy = { prior: { era: 'legacy' } } as const;

test('legacy over http: a session that the server has forgotten is opened anew, and the request is sent once more', async () => {
  for (const forgetting of FORGETTING) {
    const server = await serveForgetful(1, forgetting);
    const session = await connectMcp({ url: server.url }, legacy);
    const closed: string[] = [];
    session.onClose((error) => closed.push(error.message));
    for (const run of [1, 2, 3]) expect(toolOutput(await session.callTool('any', {}))).toBe(`run ${run}`);
    expect(await session.probe(patient)).toMatchObject({ ok: true });
    expect(server.counts).toEqual({ handshakes: 4, runs: 3, turnedAway: 3 });
    expect(closed).toEqual([]);
    await session.close();
    expect(server.seen.at(-1)).toMatchObject({ method: 'DELETE', headers: { 'mcp-session-id': 's-4' } });
  }
});

test('legacy over http: calls that a forgetful server turns away share one new handshake', async () => {
  const server = await serveForgetful(1000, FORGETTING[2] as Forgetting);
  const session = await connectMcp({ url: server.url }, legacy);
  await session.probe(patient);
  server.forgetAll();
  const outputs = await Promise.all(Array.from({ length: 20 }, () => session.callTool('any', {})));
  expect(new Set(outputs.map(toolOutput)).size).toBe(20);
  expect(server.counts).toMatchObject({ handshakes: 2, runs: 20 });
  expect(session.stats().inFlight).toBe(0);
});

test('legacy over http: a server that forgets each session at once closes the connection, after one handshake', async () => {
  for (const forgetting of FORGETTING) {
    const server = await serveForgetful(0, forgetting);
    const session = await connectMcp({ url: server.url }, legacy);
    const reasons: string[] = [];
    session.onClose((error) => reasons.push(error.message));
    const refused = { code: 'DN_MCP_CLOSED', retryable: true, details: { delivered: false } };
    await expect(session.callTool('any', {})).rejects.toMatchObject(refused);
    expect(reasons).toEqual(['The MCP connection is closed: the server has forgotten the session']);
    expect(server.counts).toEqual({ handshakes: 2, runs: 0, turnedAway: 2 });
    expect(await session.probe(patient)).toMatchObject({ ok: false });
  }
});

test('legacy over http: when no new session is given the connection closes, and nothing counts as delivered', async () => {
  let isGone = false;
  const { url } = await serveMcp(({ body }, response) => {
    if (body.id === undefined) return void response.writeHead(202).end();
    if (isGone) return void response.writeHead(404).end('no such page');
    response.setHeader('mcp-session-id', 's-1');
    return { result: { protocolVersion: '2025-11-25', capabilities: {} } };
  });
  const session = await connectMcp({ url }, legacy);
  const reasons: string[] = [];
  session.onClose((error) => reasons.push(error.message));
  isGone = true;
  await expect(session.callTool('any', {})).rejects.toMatchObject({
    code: 'DN_MCP_CLOSED',
    details: { delivered: false },
  });
  expect(reasons).toEqual([expect.stringContaining('gives no new one: ')]);
});

test('legacy over http: who waits for a new session waits no longer than its own deadline, and was not delivered', async () => {
  let isForgotten = false;
  const { url } = await serveMcp(({ body }, response) => {
    if (body.id === undefined) return void response.writeHead(202).end();
    if (isForgotten) return body.method === 'initialize' ? undefined : void response.writeHead(404).end();
    response.setHeader('mcp-session-id', 's-1');
    return { result: { protocolVersion: '2025-11-25', capabilities: {} } };
  });
  const session = await connectMcp({ url }, legacy);
  isForgotten = true;
  const short = session.callTool('any', {}, { timeoutMs: 100 });
  await expect(short).rejects.toMatchObject({ code: 'DN_MCP_TIMEOUT', details: { delivered: false } });
  const given = session.callTool('any', {}, { signal: AbortSignal.timeout(100) });
  await expect(given).rejects.toMatchObject({ code: 'DN_MCP_CANCELLED', details: { delivered: false } });
  const rest = expect(session.callTool('any', {})).rejects;
  const ended = rest.toMatchObject({ code: 'DN_MCP_CLOSED', details: { delivered: false } });
  await session.close();
  await ended;
});

test('legacy over http: a refusal that is not about the session is an answer, and is not asked again', async () => {
  const refusals: readonly Forgetting[] = [
    [404, 'application/json', (id) => rpcError(id, -32601, 'Method not found')],
    [400, 'application/json', (id) => rpcError(id, -32602, 'Invalid params: session is unknown')],
    [400, 'application/json', (id) => rpcError(id, -32000, 'Unsupported protocol version')],
    [400, 'text/plain', () => 'Bad Request'],
    [500, 'application/json', (id) => rpcError(id, -32000, 'Session not found')],
  ];
  for (const [status, type, words] of refusals) {
    let calls = 0;
    const { url, seen } = await serveMcp(({ body }, response) => {
      if (body.id === undefined) return void response.writeHead(202).end();
      response.setHeader('mcp-session-id', 's-1');
      if (body.method === 'initialize')
        return { result: { protocolVersion: '2025-11-25', capabilities: {} } };
      calls += 1;
      return void response.writeHead(status, { 'content-type': type }).end(words(body.id));
    });
    const session = await connectMcp({ url }, legacy);
    await expect(session.callTool('any', {})).rejects.toMatchObject({ details: { delivered: true } });
    expect([calls, seen.filter(({ body }) => body.method === 'initialize').length]).toEqual([1, 1]);
  }
});

test('event stream: notices and questions may come before the answer, torn at any byte; its type ignores case', async () => {
  const { url, seen } = await serveMcp(({ body }, response) => {
    if (body.method === 'server/discover') return { error: { code: -32601, message: 'no' } };
    if (body.method === 'initialize') return { result: { protocolVersion: '2025-11-25', capabilities: {} } };
    if (body.method !== 'tools/call') return void response.writeHead(202).end();
    response.writeHead(200, { 'content-type': 'Text/Event-Stream; charset=utf-8' });
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

test('an answer that nests too deeply is refused by name, in the handshake and of a tool', async () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const serve = (results: Record<string, string>) =>
    serveMcp(({ body }, response) => {
      const result = results[body.method ?? ''] ?? JSON.stringify(DISCOVERED.result);
      response.setHeader('content-type', 'application/json');
      response.end(`{"jsonrpc":"2.0","id":${body.id},"result":${result}}`);
    });
  const plain = await serve({
    'tools/call': `{"content":[],"structuredContent":{"a":${deep}},"isError":true}`,
    'tools/list': `{"tools":[{"name":"t","inputSchema":{"a":${deep}}}]}`,
  });
  const session = await connectMcp({ url: plain.url });
  for (const asked of [session.callTool('work', {}), session.listTools()])
    await expect(asked).rejects.toMatchObject({
      code: 'DN_MCP_BAD_ANSWER',
      message: expect.stringContaining('nests deeper than 500 levels'),
      details: { delivered: true },
    });
  for (const method of ['server/discover', 'initialize']) {
    const modern = `{"supportedVersions":["2026-07-28"],"capabilities":{"a":${deep}}}`;
    const legacy = `{"protocolVersion":"2025-11-25","capabilities":{"a":${deep}}}`;
    const { url } = await serve({ 'server/discover': modern, initialize: legacy });
    const prior = { era: method === 'initialize' ? ('legacy' as const) : ('modern' as const) };
    await expect(connectMcp({ url }, { prior })).rejects.toMatchObject({
      code: 'DN_MCP_HANDSHAKE_FAILED',
      message: expect.stringContaining(`'${method}' cannot be used: it nests deeper than 500 levels`),
    });
  }
});

test('legacy over http: a server that asks back gets few answers at a time, and what is beyond those that may wait is counted', async () => {
  let open = 0;
  let most = 0;
  let answerCall: () => void = () => undefined;
  const { url } = await serveMcp(({ body, method }, response) => {
    if (body.method === 'initialize') return { result: { protocolVersion: '2025-06-18', capabilities: {} } };
    if (body.method !== 'tools/call') {
      if (method !== 'POST' || body.method !== undefined) return void response.writeHead(202).end();
      // The answer to a question of the server's: it is never done with it.
      open += 1;
      most = Math.max(most, open);
      if (open === 4) answerCall();
      response.on('close', () => {
        open -= 1;
      });
      return undefined;
    }
    response.setHeader('content-type', 'text/event-stream');
    for (let id = 0; id < 1000; id += 1)
      response.write(`data: ${JSON.stringify({ jsonrpc: '2.0', id, method: 'ping' })}\n\n`);
    answerCall = () => {
      const result = { content: [{ type: 'text', text: 'done' }] };
      response.end(`data: ${JSON.stringify({ jsonrpc: '2.0', id: body.id, result })}\n\n`);
    };
    return undefined;
  });
  const session = await connectMcp({ url }, legacy);
  expect(toolOutput(await session.callTool('any', {}))).toBe('done');
  expect(most).toBe(4);
  expect(session.stats().unansweredRequests).toBe(1000 - 64);
  await session.close();
});

test('legacy over http: the answer to a probe may be 1 MiB, that of a call the limit of the session', async () => {
  const text = 'x'.repeat(2 * 1024 * 1024);
  const { url } = await serveMcp(({ body }, response) => {
    if (body.id === undefined) return void response.writeHead(202).end();
    if (body.method === 'initialize') return { result: { protocolVersion: '2025-06-18', capabilities: {} } };
    return { result: { content: [{ type: 'text', text }] } };
  });
  const session = await connectMcp({ url }, legacy);
  expect(await session.probe(patient)).toMatchObject({
    ok: false,
    isAnswered: true,
    reason: expect.stringContaining('is longer than 1048576 bytes'),
  });
  expect(toolOutput(await session.callTool('any', {}))).toBe(text);
});
