import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterEach, expect, test } from 'vitest';
import { createServer } from '../../src/http/server.js';

let app: FastifyInstance | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
});

async function serve(consoleDir = '/nonexistent'): Promise<FastifyInstance> {
  app = await createServer({
    identify: () => ({ role: 'admin' }),
    consoleDir,
    version: '0.0.0',
    allowedHosts: ['127.0.0.1'],
    register: (server) => {
      server.get('/things/:name', async () => ({ ok: true }));
      server.post('/things', async () => ({ ok: true }));
    },
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  return app;
}

const headers = { host: '127.0.0.1' };

const REFUSED = [
  { rule: 'a path that cannot be decoded', method: 'GET', url: '/things/%ff', status: 400 },
  {
    rule: 'a part of a path that is too long',
    method: 'GET',
    url: `/things/${'x'.repeat(300)}`,
    status: 400,
  },
  { rule: 'a page that is not there', method: 'GET', url: '/nowhere', status: 404 },
  { rule: 'a verb the page does not know', method: 'DELETE', url: '/things/a', status: 404 },
] as const;

for (const { rule, method, url, status } of REFUSED)
  test(`server: ${rule} is refused with a coded error`, async () => {
    const answer = await (await serve()).inject({ method, url, headers });
    expect(answer.statusCode).toBe(status);
    expect(answer.json().error.code).toMatch(/^DN_API_/);
  });

test('server: a body of a type that is not read is refused as that', async () => {
  const answer = await (await serve()).inject({
    method: 'POST',
    url: '/things',
    headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
    payload: 'a=b',
  });
  expect([answer.statusCode, answer.json().error.code]).toEqual([415, 'DN_API_WRONG_MEDIA_TYPE']);
});

test('server: what is no HTTP request, or has headers without end, is refused with a coded error', async () => {
  const { port } = (await serve()).server.address() as AddressInfo;
  const noise = await send(port, 'FOO /things HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  const endless = await send(port, `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`);
  expect(noise).toContain('HTTP/1.1 400');
  expect(noise).toContain('"code":"DN_API_BAD_INPUT"');
  expect(endless).toContain('HTTP/1.1 431');
  expect(endless).toContain('"code":"DN_API_BAD_INPUT"');
});

function send(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (part) => {
      answer += part;
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

test('server: the console may run and ask nothing but what the daemon itself serves', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dreamnet-console-'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html>');
  try {
    const answer = await (await serve(folder)).inject({ method: 'GET', url: '/', headers });
    const policy = String(answer.headers['content-security-policy']).split('; ');
    expect(answer.statusCode).toBe(200);
    expect(policy).toEqual(
      expect.arrayContaining(["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"]),
    );
    expect(policy.join()).not.toContain('unsafe');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
