import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { addConsoleFiles } from '../../src/http/console-files.js';

let root = '';
let app: FastifyInstance;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'dreamnet-console-'));
  mkdirSync(join(root, 'console/assets'), { recursive: true });
  writeFileSync(join(root, 'console/index.html'), '<p>hello');
  writeFileSync(join(root, 'console/assets/a b.js'), 'run()');
  writeFileSync(join(root, 'secret'), 'not for you');
  app = fastify();
  app.get('/api/known', async () => 'known');
  addConsoleFiles(app, join(root, 'console'));
});

afterEach(async () => {
  await app.close();
  rmSync(root, { recursive: true });
});

test('console files: the folder is its index, and a file has its type and a policy', async () => {
  const index = await app.inject('/');
  expect([index.statusCode, index.body]).toEqual([200, '<p>hello']);
  expect(index.headers['content-type']).toBe('text/html; charset=utf-8');
  expect(index.headers['content-security-policy']).toContain("frame-ancestors 'none'");
  const script = await app.inject('/assets/a%20b.js?v=1');
  expect([script.body, script.headers['content-type']]).toEqual([
    'run()',
    'application/javascript; charset=utf-8',
  ]);
  const head = await app.inject({ method: 'HEAD', url: '/' });
  expect([head.statusCode, head.body, head.headers['content-length']]).toEqual([200, '', '8']);
});

test('console files: nothing outside of the folder, no folder, and no answer in place of another route', async () => {
  for (const url of [
    '/../secret',
    '/%2e%2e/secret',
    '/..%2f..%2fsecret',
    '/assets/..%2f..%2fsecret',
    '//etc/passwd',
    '/assets',
    '/assets/',
    '/index.html/more',
    '/a%00b',
    `/${'a'.repeat(300)}`,
    '/api/unknown',
  ])
    expect([url, (await app.inject(url)).statusCode]).toEqual([url, 404]);
  expect((await app.inject('/api/known')).body).toBe('known');
  expect((await app.inject({ method: 'POST', url: '/' })).statusCode).toBe(404);
});

test('console files: what the browser has already is not sent again, what changed is', async () => {
  const tag = String((await app.inject('/')).headers.etag);
  const again = await app.inject({ url: '/', headers: { 'if-none-match': tag } });
  expect([again.statusCode, again.body]).toEqual([304, '']);
  utimesSync(join(root, 'console/index.html'), 1, 1);
  const changed = await app.inject({ url: '/', headers: { 'if-none-match': tag } });
  expect([changed.statusCode, changed.body]).toEqual([200, '<p>hello']);
});
