import { getEventListeners } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { systemClock } from '@dreamnet/kit';
import { afterEach, expect, test } from 'vitest';
import { createHttpConnections } from '../../src/notifiers/http-request.js';

const clock = systemClock();
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';
let close: () => Promise<void> = async () => undefined;
afterEach(() => close());

/** A receiver below HTTP that answers what its connections bring. */
async function serve(onData: (socket: Socket, text: string, connection: number) => void) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    const number = sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => onData(socket, String(chunk), number));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  close = () =>
    new Promise((resolve) => {
      for (const socket of sockets) socket.destroy();
      server.close(() => resolve());
    });
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?a=b`);
  const connections = createHttpConnections(clock);
  const post = (
    over: {
      body?: string | readonly string[];
      headers?: Record<string, string>;
      signal?: AbortSignal;
      timeoutMs?: number;
    } = {},
  ) =>
    connections.post(
      { url, body: over.body ?? '{}', headers: over.headers ?? {}, tls: {} },
      {
        signal: over.signal ?? new AbortController().signal,
        deadlineMs: clock.monotonic() + (over.timeoutMs ?? 5000),
      },
    );
  return { post, url, sockets };
}

test('requests: one is a POST with its length, our name and the given headers', async () => {
  let seen = '';
  const { post, url } = await serve((socket, text) => {
    seen += text;
    socket.write(OK);
  });
  await post({
    body: '{"é":1}',
    headers: { authorization: 'Bearer x', 'content-length': '1', 'user-agent': 'me' },
  });
  expect(seen).toBe(
    `POST /hook?a=b HTTP/1.1\r\nhost: ${url.host}\r\ncontent-type: application/json\r\nuser-agent: me\r\nauthorization: Bearer x\r\ncontent-length: 8\r\nConnection: keep-alive\r\n\r\n{"é":1}`,
  );
});

test('requests: a connection is taken again when its answer was whole', async () => {
  const { post, sockets } = await serve((socket) => socket.write(OK));
  for (let round = 0; round < 3; round += 1) expect(await post()).toMatchObject({ status: 200 });
  expect(sockets).toHaveLength(1);
});

test('requests: each of many at a time has a connection of its own', async () => {
  const { post, sockets } = await serve((socket) => socket.write(OK));
  await Promise.all(Array.from({ length: 20 }, () => post()));
  expect(sockets).toHaveLength(20);
});

test('requests: a kept connection that was closed just as it was taken is replaced, once for each request', async () => {
  const seen: number[] = [];
  const { post } = await serve((socket, _text, connection) => {
    seen.push(connection);
    if (seen.length === 2) socket.resetAndDestroy();
    else socket.write(OK);
  });
  await post();
  expect(await post()).toMatchObject({ status: 200 });
  expect(seen).toEqual([1, 1, 2]);
});

test('requests: a kept connection that is closed within an answer is not: the receiver has the request', async () => {
  let requests = 0;
  const { post } = await serve((socket) => {
    requests += 1;
    if (requests === 1) socket.write(OK);
    else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf', () => socket.resetAndDestroy());
  });
  await post();
  expect(await post()).toMatchObject({ failure: 'unreachable' });
  expect(requests).toBe(2);
});

test('requests: what is closed again on the new connection is said', async () => {
  let requests = 0;
  const { post } = await serve((socket) => {
    requests += 1;
    if (requests === 1) socket.write(OK);
    else socket.resetAndDestroy();
  });
  await post();
  expect(await post()).toMatchObject({ failure: 'unreachable' });
  expect(requests).toBe(3);
});

test('requests: what closes a new connection is said, not tried again', async () => {
  let requests = 0;
  const { post } = await serve((socket) => {
    requests += 1;
    socket.resetAndDestroy();
  });
  expect(await post()).toMatchObject({ failure: 'unreachable' });
  expect(requests).toBe(1);
});

test('requests: an answer that comes before the request is out counts, and ends the connection', async () => {
  let answered = false;
  const { post, sockets } = await serve((socket) => {
    if (answered) return;
    answered = true;
    socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n');
    socket.pause();
  });
  expect(await post({ body: 'x'.repeat(32 * 1024 * 1024) })).toMatchObject({ status: 413 });
  await new Promise((resolve) => {
    sockets[0]?.once('close', resolve);
    sockets[0]?.resume();
  });
});

test('requests: a long body arrives whole', async () => {
  let bytes = 0;
  const body = 'é'.repeat(300_000);
  const { post } = await serve((socket, text) => {
    bytes += Buffer.byteLength(text.replace(/^POST[\s\S]*?\r\n\r\n/, ''));
    if (bytes >= 600_000) socket.write(OK);
  });
  expect(await post({ body: `"${body}"` })).toMatchObject({ status: 200 });
});

test('requests: a body in pieces arrives whole and in its order, and the connection is taken again', async () => {
  let text = '';
  const pieces = Array.from({ length: 50 }, (_, index) => `${index}é`.padEnd(100_000, '.'));
  const whole = pieces.join('');
  const { post, sockets } = await serve((socket, chunk) => {
    text += chunk;
    if (text.endsWith('|')) socket.write(OK);
  });
  for (let round = 0; round < 2; round += 1) {
    text = '';
    // Only ASCII at the seams of packets: the receiver here decodes each by itself.
    expect(await post({ body: [...pieces.map((piece) => piece.replace('é', 'e')), '|'] })).toMatchObject({
      status: 200,
    });
    expect(text.replace(/^POST[\s\S]*?\r\n\r\n/, '')).toBe(`${whole.replaceAll('é', 'e')}|`);
  }
  expect(sockets).toHaveLength(1);
  expect(text).toContain(`content-length: ${whole.length + 1}\r\n`);
});

test('requests: a receiver that refuses within a body in pieces is heard, and sent no more of it', async () => {
  let bytes = 0;
  const { post } = await serve((socket, chunk) => {
    bytes += chunk.length;
    if (bytes > 100_000) socket.end('HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n');
  });
  const pieces = Array.from({ length: 1000 }, () => 'x'.repeat(100_000));
  expect(await post({ body: pieces })).toMatchObject({ status: 413 });
  expect(bytes).toBeLessThan(50_000_000);
});

test('requests: the deadline and the signal end what is not answered', async () => {
  const { post } = await serve(() => undefined);
  const giving = new AbortController();
  const given = post({ signal: giving.signal });
  const alsoGiven = post({ signal: giving.signal });
  expect(await post({ timeoutMs: 20 })).toMatchObject({ failure: 'late' });
  giving.abort();
  expect(await given).toMatchObject({ failure: 'given-up' });
  expect(await alsoGiven).toMatchObject({ failure: 'given-up' });
  expect(await post({ signal: giving.signal })).toMatchObject({ failure: 'given-up' });
});

test('requests: as many as there are may share a signal, and none is left behind at it', async () => {
  const warnings: unknown[] = [];
  const onWarning = (warning: unknown) => warnings.push(warning);
  process.on('warning', onWarning);
  const { post } = await serve((socket) => socket.write(OK));
  const { signal } = new AbortController();
  await Promise.all(Array.from({ length: 30 }, () => post({ signal })));
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', onWarning);
  expect(warnings).toEqual([]);
  expect(getEventListeners(signal, 'abort').length).toBeLessThanOrEqual(1);
});

test('requests: a header that cannot be sent is refused before anything is sent', async () => {
  const { post, sockets } = await serve((socket) => socket.write(OK));
  expect(await post({ headers: { 'x-a': 'b\r\nx-c: d' } })).toMatchObject({ failure: 'unreachable' });
  expect(await post({ headers: { host: 'a\r\nb' } })).toMatchObject({ failure: 'unreachable' });
  expect(sockets).toHaveLength(0);
});
