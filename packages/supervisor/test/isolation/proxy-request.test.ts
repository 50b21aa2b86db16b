import { expect, test } from 'vitest';
import { parseProxyRequest } from '../../src/isolation/proxy-request.js';

const NOTHING = Buffer.alloc(0);

test('proxy request: CONNECT names host and port, and nothing of it is sent on', () => {
  const request = parseProxyRequest('CONNECT api.example.org:443 HTTP/1.1\r\nHost: other', NOTHING);
  expect(request).toMatchObject({ isTunnel: true, head: '' });
  expect(request?.destination).toEqual({ host: 'api.example.org', port: 443 });
});

test('proxy request: a plain one is sent on as the server expects it, one a connection', () => {
  const head =
    'GET http://a.example/x?y=1 HTTP/1.1\r\nHost: a.example\r\nProxy-Authorization: z\r\nConnection: keep-alive';
  const request = parseProxyRequest(head, NOTHING);
  expect(request?.destination).toEqual({ host: 'a.example', port: 80 });
  expect(request?.head).toBe('GET /x?y=1 HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n');
});

test('proxy request: anything else is none', () => {
  for (const head of [
    '',
    'GET / HTTP/1.1',
    'CONNECT HTTP/1.1',
    'CONNECT host HTTP/1.1',
    'GET http://user@host/ HTTP/1.1',
    'GET https://host/ HTTP/1.1',
    'GET http://host/ HTTP/2',
  ])
    expect(parseProxyRequest(head, NOTHING), head).toBeUndefined();
});
