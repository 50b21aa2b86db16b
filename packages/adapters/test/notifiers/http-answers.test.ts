import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { systemClock } from '@dreamnet/kit';
import { afterEach, expect, test } from 'vitest';
import { createHttpConnections } from '../../src/notifiers/http-request.js';

const clock = systemClock();
let server: Server;
let connections = 0;
const sockets = new Set<Socket>();
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  return new Promise((resolve) => server.close(resolve));
});

/** Posts `count` times, one after the other, to a receiver below HTTP that answers each with `answer`. */
async function answers(answer: (socket: Socket) => void, count = 1) {
  connections = 0;
  server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', () => answer(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const { post } = createHttpConnections(clock);
  const { signal } = new AbortController();
  const outcomes = [];
  for (let round = 0; round < count; round += 1) {
    const deadlineMs = clock.monotonic() + 5000;
    outcomes.push(await post({ url, body: '{}', headers: {}, tls: {} }, { signal, deadlineMs }));
  }
  return outcomes;
}

/** Resolves when we have let go of every connection. */
const areClosed = () =>
  Promise.all(
    [...sockets].map((socket) => socket.closed || new Promise((done) => socket.once('close', done))),
  );

/** Three requests each. A receiver whose answer is not brief costs one connection more than it would. */
for (const { rule, text, said, connected = 1 } of [
  {
    rule: '204 has no body',
    text: 'HTTP/1.1 204 No Content\r\n\r\n',
    said: '',
  },
  {
    rule: 'chunks are put together, trailers left out',
    text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\nTrailer: 1\r\n\r\n',
    said: 'hello',
    connected: 2,
  },
  {
    rule: 'interim ones are passed over',
    text: 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi',
    said: 'hi',
    connected: 2,
  },
  {
    rule: 'bytes that are no text are shown as such, on one line',
    text: 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\na\r\n\tb\xff',
    said: 'a b\ufffd',
  },
  {
    rule: 'who says close is not asked again',
    text: 'HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 2\r\n\r\nhi',
    said: 'hi',
    connected: 3,
  },
  {
    rule: 'nor is a server of HTTP/1.0',
    text: 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi',
    said: 'hi',
    connected: 3,
  },
])
  test(`answers: ${rule}`, async () => {
    const seen = await answers((socket) => socket.write(Buffer.from(text, 'latin1')), 3);
    for (const outcome of seen) expect(outcome).toMatchObject({ text: said });
    expect(connections).toBe(connected);
  });

test('answers: without a length the end of the connection is the end of the answer', async () => {
  const [outcome] = await answers((socket) => socket.end('HTTP/1.1 503 Busy\r\nRetry-After: 7\r\n\r\nlater'));
  expect(outcome).toMatchObject({ status: 503, text: 'later' });
  expect(outcome && 'header' in outcome && outcome.header('retry-after')).toBe('7');
});

for (const [rule, text] of [
  ['within its head', 'HTTP/1.1 200 OK\r\nContent-'],
  ['within its body', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'],
  ['within a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf'],
  ['before the last chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
] as const)
  test(`answers: one that ends ${rule} is none`, async () => {
    expect(await answers((socket) => socket.end(text))).toMatchObject([{ failure: 'unreachable' }]);
  });

for (const [rule, text] of [
  ['another protocol', '220 mail.example ESMTP\r\n'],
  ['a first byte that is no H', '\r\n.'],
  ['no status', 'HTTP/1.1 OK\r\n\r\n'],
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi'],
  ['a length that is none', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n'],
  ['a chunk without a size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhi\r\n'],
  ['a change of protocol', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
  [
    'a change of protocol by its name',
    'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n',
  ],
  ['a head without end', `HTTP/1.1 200 OK\r\nA: ${'b'.repeat(20_000)}`],
] as const)
  test(`answers: ${rule} is no HTTP, and is let go of at once`, async () => {
    const message = 'what answers there does not speak HTTP';
    expect(await answers((socket) => socket.write(text))).toEqual([{ failure: 'unreachable', message }]);
    await areClosed();
  });

for (const [rule, head, piece] of [
  ['with a length', 'HTTP/1.1 500 Oops\r\nContent-Length: 1000000\r\n\r\n', 'x'.repeat(512)],
  ['without one', 'HTTP/1.1 500 Oops\r\n\r\n', 'x'.repeat(512)],
  ['in chunks', 'HTTP/1.1 500 Oops\r\nTransfer-Encoding: chunked\r\n\r\n', '1\r\nx\r\n'],
] as const)
  test(`answers: a long one is cut off and its beginning kept, ${rule}`, async () => {
    const [outcome] = await answers((socket) => socket.write(head + piece.repeat(4096)));
    expect(outcome).toMatchObject({ status: 500, text: 'x'.repeat(2048) });
    await areClosed();
  });
