import { request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type ApiServer, createApiServer } from '../../src/alertmanager/api-server.js';
import {
  type ApiRoute,
  type Asked,
  emptyAnswer,
  jsonAnswer,
  jsonTextAnswer,
  textAnswer,
} from '../../src/http/alertmanager/exchange.js';

let server: ApiServer | undefined;
afterEach(() => server?.close());

/** Each is written over when the next is asked for. */
function* manyPieces(): Generator<Buffer> {
  const bytes = Buffer.alloc(10_000);
  for (let piece = 0; piece < 1000; piece += 1) {
    bytes.write(`${piece}`.padEnd(bytes.length, '.'));
    yield bytes;
  }
}

function* breaking(): Generator<string> {
  yield 'begun';
  throw new RangeError('not any more');
}

async function serve(host = '127.0.0.1') {
  const asked: Asked[] = [];
  const seen = (one: Asked) => {
    asked.push(one);
    return jsonAnswer({ id: one.id });
  };
  const routes: ApiRoute[] = [
    { method: 'GET', path: '/text', access: 'open', answer: () => textAnswer('hello') },
    { method: 'GET', path: '/long', access: 'open', answer: () => jsonTextAnswer(manyPieces()) },
    { method: 'GET', path: '/breaking', access: 'open', answer: () => jsonTextAnswer(breaking()) },
    { method: 'GET', path: '/one/:id', access: 'open', answer: seen },
    { method: 'POST', path: '/take', access: 'open', bodyLimitBytes: 2000, answer: seen },
    { method: 'DELETE', path: '/one/:id', access: 'open', answer: () => emptyAnswer },
    {
      ...{ method: 'GET', path: '/fails', access: 'open' },
      answer: () => Promise.reject(new RangeError('out of it')),
    },
  ];
  server = createApiServer(routes, ['127.0.0.1', 'localhost', '[::1]']);
  const url = await server.listen({ host, port: 0 });
  const ask = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(`${url}${path}`, init);
    return { status: answer.status, text: await answer.text(), headers: answer.headers };
  };
  const post = (body: string, type = 'application/json') =>
    ask('/take', { method: 'POST', body, headers: { 'content-type': type } });
  return { url, ask, post, asked };
}

test('api server: a route is found by method and path, with what follows it', async () => {
  const { ask, asked } = await serve();
  expect(await ask('/text?a=b')).toMatchObject({ status: 200, text: 'hello' });
  expect(await ask('/one/a%2Fb?x=1&x=2&y=%C3%A9+z')).toMatchObject({ status: 200, text: '{"id":"a/b"}' });
  expect(asked[0]).toMatchObject({ id: 'a/b', query: { x: ['1', '2'], y: 'é z' }, body: undefined });
  expect(await ask('/one/1', { method: 'DELETE' })).toMatchObject({ status: 200, text: '' });
});

test.for(['/nothing', '/one/', '/one/a/b', '/one/%ff', '/TEXT'])(
  'api server: %s is not there',
  async (path) => {
    const { ask } = await serve();
    expect(await ask(path)).toMatchObject({ status: 404 });
    expect(await ask(path, { method: 'POST' })).toMatchObject({ status: 404 });
  },
);

test('api server: what may be read may be asked for by its head alone', async () => {
  const { ask } = await serve();
  const { status, text, headers } = await ask('/text', { method: 'HEAD' });
  expect([status, text, headers.get('content-length')]).toEqual([200, '', '5']);
  expect(await ask('/long', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
});

test('api server: a name that is not ours is refused', async () => {
  const { url } = await serve();
  const status = await new Promise((resolve, reject) => {
    request(`${url}/text`, { headers: { host: 'evil.example' } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .on('error', reject)
      .end();
  });
  expect(status).toBe(403);
});

test('api server: a body is text of JSON, and not longer than its route allows', async () => {
  const { post, ask, asked, url } = await serve();
  expect(await post('{"é":1}')).toMatchObject({ status: 200 });
  expect(asked[0]?.body).toBe('{"é":1}');
  expect(await post('{}', 'Application/JSON ; charset=utf-8')).toMatchObject({ status: 200 });
  expect(await post('{}', 'text/plain')).toMatchObject({ status: 415 });
  expect(await ask('/take', { method: 'POST' })).toMatchObject({ status: 200 });
  expect(asked[2]?.body).toBeUndefined();
  expect(await post('x'.repeat(2001))).toMatchObject({ status: 413 });
  const unsaid = await fetch(`${url}/take`, {
    ...{ method: 'POST', duplex: 'half', headers: { 'content-type': 'application/json' } },
    body: new ReadableStream({
      start: (controller) => {
        for (let piece = 0; piece < 100; piece += 1) controller.enqueue(new Uint8Array(1000));
        controller.close();
      },
    }),
  } as RequestInit);
  expect(unsaid.status).toBe(413);
});

test('api server: a long answer arrives whole; one whose reader goes away ends', async () => {
  const { ask, url } = await serve();
  const { text } = await ask('/long');
  expect(text.length).toBe(10_000_000);
  expect(text.match(/\d+/g)).toEqual(Array.from({ length: 1000 }, (_, piece) => `${piece}`));
  const { port } = new URL(url);
  const socket = connect(Number(port), '127.0.0.1');
  socket.write('GET /long HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  await new Promise((resolve) => socket.once('data', resolve));
  socket.destroy();
  expect(await ask('/text')).toMatchObject({ status: 200 });
});

test('api server: what breaks is said, or cut off where the answer has begun', async () => {
  const { ask } = await serve();
  expect(await ask('/fails')).toMatchObject({ status: 500, text: expect.stringContaining('out of it') });
  await expect(ask('/breaking')).rejects.toThrow();
  expect(await ask('/text')).toMatchObject({ status: 200 });
});

test('api server: a sender that goes away within its body is forgotten', async () => {
  const { url, ask, asked } = await serve();
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write('POST /take HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\nhalf');
  await new Promise((resolve) => setImmediate(resolve));
  socket.destroy();
  expect(await ask('/text')).toMatchObject({ status: 200 });
  expect(asked).toEqual([]);
});

test('api server: localhost is what every program means by it', async () => {
  const { url } = await serve('localhost');
  const { port } = new URL(url);
  expect((await fetch(`http://127.0.0.1:${port}/text`)).status).toBe(200);
  expect((await fetch(`http://localhost:${port}/text`)).status).toBe(200);
});
