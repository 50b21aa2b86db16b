import { PassThrough } from 'node:stream';
import { specTypeSchemas } from '@modelcontextprotocol/client';
import { expect, test } from 'vitest';
import { connectMcp } from '../../src/index.js';

// The official SDK's schemas judge what this client writes: a client tested only against our own fixtures would
// agree with itself.

type SchemaName = keyof typeof specTypeSchemas;

async function problemsOf(name: SchemaName, value: unknown): Promise<unknown> {
  const result = await specTypeSchemas[name]['~standard'].validate(value);
  return 'issues' in result ? result.issues : undefined;
}

/** A server in this process that answers every request with what `answers` says; returns all it was sent. */
function serveInProcess(answers: Record<string, unknown>) {
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  const sent: Record<string, unknown>[] = [];
  stdin.on('data', (chunk) => {
    for (const line of String(chunk).split('\n').filter(Boolean)) {
      const message = JSON.parse(line);
      sent.push(message);
      const result = answers[message.method];
      if (message.id === undefined) continue;
      const answer = result === undefined ? { error: { code: -32601, message: 'no' } } : { result };
      stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id: message.id, ...answer })}\n`);
    }
  });
  return { stdin, stdout, sent };
}

test('conformance: modern requests satisfy the official schemas', async () => {
  const server = serveInProcess({
    'server/discover': { resultType: 'complete', supportedVersions: ['2026-07-28'], capabilities: {} },
    'tools/list': { resultType: 'complete', tools: [] },
    'tools/call': { resultType: 'complete', content: [] },
  });
  const session = await connectMcp(server);
  await session.listTools();
  await session.callTool('t', { a: 1 });
  const names = ['DiscoverRequest', 'ListToolsRequest', 'CallToolRequest'] as const;
  for (const [index, name] of names.entries()) {
    expect(await problemsOf('JSONRPCRequest', server.sent[index])).toBe(undefined);
    expect(await problemsOf(name, server.sent[index]), name).toBe(undefined);
  }
  expect(await problemsOf('CallToolRequest', server.sent[0])).not.toBe(undefined);
});

test('conformance: the legacy handshake satisfies the official schemas', async () => {
  const server = serveInProcess({
    initialize: { protocolVersion: '2025-11-25', capabilities: {} },
    ping: {},
  });
  const session = await connectMcp(server);
  await session.probe(new AbortController().signal);
  const names = [undefined, 'InitializeRequest', 'InitializedNotification', 'PingRequest'] as const;
  for (const [index, name] of names.entries())
    if (name) expect(await problemsOf(name, server.sent[index]), name).toBe(undefined);
});
