import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { connectMcp, toolOutput } from '../../src/index.js';
import { endAll, startChild } from '../fixtures/children.js';

afterEach(endAll);

const patient = new AbortController().signal;
const filesystemServer = fileURLToPath(
  import.meta.resolve('@modelcontextprotocol/server-filesystem/dist/index.js'),
);

test('legacy: a third-party server of the older era is recognised, listed, called and pinged', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dn-mcp-'));
  await writeFile(join(folder, 'note.txt'), 'hello from disk');
  const session = await connectMcp(startChild(filesystemServer, [folder]));
  expect(session.verdict).toMatchObject({ era: 'legacy', version: '2025-11-25' });
  const tools = await session.listTools();
  expect(tools.map(({ name }) => name)).toContain('read_text_file');
  const result = await session.callTool('read_text_file', { path: join(folder, 'note.txt') });
  expect(result.isError).toBe(false);
  expect(JSON.stringify(toolOutput(result))).toContain('hello from disk');
  const refused = await session.callTool('read_text_file', { path: '/etc/passwd' });
  expect(refused.isError).toBe(true);
  expect(await session.probe(patient)).toMatchObject({
    ok: true,
    evidence: { asked: 'ping', era: 'legacy' },
  });
  await session.close();
  await rm(folder, { recursive: true });
});

test('legacy: a prior verdict asks initialize at once and still works', async () => {
  const session = await connectMcp(startChild('misbehaving-mcp-server.mjs', ['fine']), {
    prior: { era: 'legacy' },
  });
  expect(session.verdict.era).toBe('legacy');
  expect(session.stats()).toMatchObject({ lateAnswers: 0, garbageLines: 0 });
});

test('modern: discovered without initialize; a wrong prior verdict does not hinder', async () => {
  for (const options of [{}, { prior: { era: 'legacy' as const } }]) {
    const session = await connectMcp(startChild('modern-mcp-server.mjs'), options);
    expect(session.verdict).toMatchObject({
      era: 'modern',
      version: '2026-07-28',
      serverInfo: { name: 'modern-fixture' },
    });
    expect(await session.probe(patient)).toMatchObject({ ok: true, evidence: { asked: 'server/discover' } });
    expect((await session.listTools()).length).toBe(5);
    expect(toolOutput(await session.callTool('echo', { a: [1, 'ä'] }))).toEqual({ a: [1, 'ä'] });
    await session.close();
  }
});

test('modern: a server slower to start than our patience is not taken for a legacy one', async () => {
  const session = await connectMcp(startChild('modern-mcp-server.mjs', ['400']), { discoverTimeoutMs: 50 });
  expect(session.verdict.era).toBe('modern');
});

test('legacy: a server that leaves server/discover unanswered is greeted with initialize', async () => {
  const session = await connectMcp(startChild('misbehaving-mcp-server.mjs', ['ignores-discover']), {
    discoverTimeoutMs: 300,
  });
  expect(session.verdict.era).toBe('legacy');
  expect(await session.probe(patient)).toMatchObject({ ok: true });
});

test('handshake: a refusal names the reason', async () => {
  const attempt = connectMcp(startChild('misbehaving-mcp-server.mjs', ['refuses']));
  await expect(attempt).rejects.toMatchObject({
    code: 'DN_MCP_HANDSHAKE_FAILED',
    message: expect.stringContaining('licence expired'),
  });
});

test('tool: failing is an outcome, wanting input we cannot give is an error', async () => {
  const session = await connectMcp(startChild('modern-mcp-server.mjs'));
  expect(await session.callTool('fails', {})).toMatchObject({ isError: true });
  await expect(session.callTool('wants-input', {})).rejects.toMatchObject({
    code: 'DN_MCP_INPUT_REQUIRED',
    retryable: false,
  });
});

test('deadline: a call that is not answered settles, and the server is told to stop', async () => {
  const session = await connectMcp(startChild('modern-mcp-server.mjs'));
  await expect(session.callTool('slow', {}, { timeoutMs: 60 })).rejects.toMatchObject({
    code: 'DN_MCP_TIMEOUT',
    retryable: true,
    details: { delivered: true },
  });
  const cancel = new AbortController();
  const call = session.callTool('slow', {}, { signal: cancel.signal });
  cancel.abort();
  await expect(call).rejects.toMatchObject({ code: 'DN_MCP_CANCELLED' });
  // Ids: 1 discover, 2 and 3 the slow calls.
  expect(toolOutput(await session.callTool('cancelled', {}))).toEqual([2, 3]);
});

test('probe: a stopped server gives no answer in time, and answers again once it goes on', async () => {
  const child = startChild('modern-mcp-server.mjs');
  const session = await connectMcp(child, { probeTimeoutMs: 150 });
  child.kill('SIGSTOP');
  const stopped = await session.probe(patient);
  expect(stopped).toMatchObject({ ok: false, reason: "No answer to 'server/discover' within 150 ms" });
  expect(stopped.latencyMs).toBeGreaterThanOrEqual(149);
  child.kill('SIGCONT');
  expect(await session.probe(patient)).toMatchObject({ ok: true });
  expect(session.stats()).toMatchObject({ lateAnswers: 1, inFlight: 0 });
});

test('probe: the caller may give up earlier', async () => {
  const session = await connectMcp(startChild('misbehaving-mcp-server.mjs', ['silent']));
  const result = await session.probe(AbortSignal.timeout(50));
  expect(result.ok).toBe(false);
  expect(result.reason).toMatch(/no answer to 'ping' in the \d+ ms before the probe was cancelled/);
});

test('garbage: lines that are no messages are counted and do no harm', async () => {
  const session = await connectMcp(startChild('misbehaving-mcp-server.mjs', ['garbage']));
  expect(await session.probe(patient)).toMatchObject({ ok: true });
  expect(session.stats()).toMatchObject({ garbageLines: 5, lateAnswers: 1 });
});

test('close: half a message at the end fails what waits, with the reason, and is told once', async () => {
  const session = await connectMcp(startChild('misbehaving-mcp-server.mjs', ['closes-half-way']));
  const told: string[] = [];
  session.onClose((error) => told.push(error.code));
  const failed = session.callTool('any', {});
  await expect(failed).rejects.toMatchObject({
    code: 'DN_MCP_CLOSED',
    retryable: true,
    message: expect.stringContaining('in the middle of a message'),
    details: { delivered: true },
  });
  session.onClose((error) => told.push(error.code));
  expect(told).toEqual(['DN_MCP_CLOSED', 'DN_MCP_CLOSED']);
  const later = session.callTool('any', {});
  await expect(later).rejects.toMatchObject({ code: 'DN_MCP_CLOSED', details: { delivered: false } });
});

test('close: a killed server fails what waits at once', async () => {
  const child = startChild('misbehaving-mcp-server.mjs', ['silent']);
  const session = await connectMcp(child);
  const call = session.callTool('any', {}, { timeoutMs: 20_000 });
  child.kill('SIGKILL');
  await expect(call).rejects.toMatchObject({ code: 'DN_MCP_CLOSED', retryable: true });
});

test('limits: a 40 MiB line is dropped, memory stays bounded, the session goes on', async () => {
  const session = await connectMcp(startChild('misbehaving-mcp-server.mjs', ['huge-line']));
  const before = process.memoryUsage().arrayBuffers;
  await expect(session.callTool('any', {})).rejects.toMatchObject({ code: 'DN_MCP_ANSWER_TOO_LONG' });
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(48 * 1024 * 1024);
  expect(await session.callTool('any', {})).toMatchObject({ isError: false });
  expect(session.stats()).toMatchObject({ oversizedLines: 1 });
});

test('limits: an answer of a gigabyte is read past in bounded memory, the session goes on', async () => {
  const session = await connectMcp(startChild('misbehaving-mcp-server.mjs', ['gigabyte']));
  const before = process.memoryUsage.rss();
  await expect(session.callTool('any', {})).rejects.toMatchObject({ code: 'DN_MCP_ANSWER_TOO_LONG' });
  expect(await session.callTool('any', {})).toMatchObject({ isError: false });
  expect(process.memoryUsage.rss() - before).toBeLessThan(200 * 1024 * 1024);
  expect(session.stats()).toMatchObject({ oversizedLines: 1 });
}, 30_000);

test('half a message: whoever waits for it gives up in time, what it spoils is counted, the session goes on', async () => {
  const session = await connectMcp(startChild('misbehaving-mcp-server.mjs', ['stays-half-way']));
  const impatient = { timeoutMs: 300 };
  await expect(session.callTool('any', {}, impatient)).rejects.toMatchObject({ code: 'DN_MCP_TIMEOUT' });
  await expect(session.callTool('any', {}, impatient)).rejects.toMatchObject({ code: 'DN_MCP_TIMEOUT' });
  expect(session.stats()).toMatchObject({ garbageLines: 1, inFlight: 0 });
  expect(await session.callTool('any', {})).toMatchObject({ isError: false });
});

test('limits: more requests than may wait are refused as undelivered', async () => {
  const session = await connectMcp(startChild('misbehaving-mcp-server.mjs', ['silent']), { maxPending: 2 });
  const waiting = [session.callTool('a', {}), session.callTool('b', {})];
  for (const call of waiting) call.catch(() => undefined);
  await expect(session.callTool('c', {})).rejects.toMatchObject({
    code: 'DN_MCP_BUSY',
    retryable: true,
    details: { delivered: false },
  });
});

test('server questions: roots are empty, ping is answered, the rest is refused', async () => {
  const session = await connectMcp(startChild('misbehaving-mcp-server.mjs', ['asks']));
  const result = await session.callTool('any', {});
  expect(toolOutput(result)).toEqual({ a: { roots: [] }, b: {}, c: -32601 });
});

test('end: closing ends the input, and the server leaves by itself', async () => {
  const child = startChild('modern-mcp-server.mjs');
  const session = await connectMcp(child);
  const left = new Promise<number | null>((resolve) => child.once('exit', resolve));
  await session.close();
  await session.close();
  expect(await left).toBe(0);
});
