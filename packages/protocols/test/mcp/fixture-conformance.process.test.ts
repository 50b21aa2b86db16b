import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { expect, test } from 'vitest';

test('fixture: the official client takes our modern server for a modern one', async () => {
  const path = fileURLToPath(new URL('../fixtures/modern-mcp-server.mjs', import.meta.url));
  const transport = new StdioClientTransport({ command: process.execPath, args: [path] });
  const client = new Client({ name: 'judge', version: '1' }, { versionNegotiation: { mode: 'auto' } });
  await client.connect(transport);
  expect(client.getNegotiatedProtocolVersion()).toBe('2026-07-28');
  expect((await client.callTool({ name: 'echo', arguments: { a: 1 } })).structuredContent).toEqual({ a: 1 });
  await client.close();
});
