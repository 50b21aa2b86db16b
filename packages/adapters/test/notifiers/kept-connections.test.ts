import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createFakeClock } from '@dreamnet/testkit';
import { afterEach, expect, test } from 'vitest';
import { createHttpConnections } from '../../src/notifiers/http-request.js';

let close: () => Promise<void> = async () => undefined;
afterEach(() => close());

/** A receiver that counts its connections and answers as it is told. */
async function serve(onRequest: (socket: Socket) => void) {
  const clock = createFakeClock();
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', () => onRequest(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  close = () =>
    new Promise((resolve) => {
      for (const socket of sockets) socket.destroy();
      server.close(() => resolve());
    });
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const connections = createHttpConnections(clock);
  const post = (signal = new AbortController().signal) =>
    connections.post(
      { url, body: '{}', headers: {}, tls: {} },
      { signal, deadlineMs: clock.monotonic() + 100_000 },
    );
  return { clock, post, sockets };
}

const answer =
  (head = '') =>
  (socket: Socket) =>
    void socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 0\r\n${head}\r\n`);

/** Until the client has heard of everything that was written on its connections. */
const settle = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

test('kept connections: one that is not in use is closed after half a minute', async () => {
  const { clock, post, sockets } = await serve(answer());
  await post();
  await settle();
  await clock.advance(29_000);
  await post();
  await settle();
  expect(sockets).toHaveLength(1);
  const closed = once(sockets[0] as Socket, 'close');
  await clock.advance(32_000);
  await closed;
  expect(await post()).toMatchObject({ status: 200 });
  expect(sockets).toHaveLength(2);
});

test('kept connections: a receiver that closes earlier says so, and is believed', async () => {
  const { clock, post, sockets } = await serve(answer('Keep-Alive: max=9, timeout=5\r\n'));
  await post();
  await settle();
  await clock.advance(3_900);
  await post();
  await settle();
  expect(sockets).toHaveLength(1);
  await clock.advance(4_100);
  await post();
  expect(sockets).toHaveLength(2);
});

test('kept connections: one whose receiver keeps it for a second at most is not kept', async () => {
  const { post, sockets } = await serve(answer('keep-alive: timeout=1\r\n'));
  await post();
  await settle();
  await post();
  expect(sockets).toHaveLength(2);
});

test('kept connections: one on which the receiver speaks without being asked is given up', async () => {
  const { post, sockets } = await serve(answer());
  await post();
  await settle();
  await new Promise((resolve) => sockets[0]?.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', resolve));
  await settle();
  expect(await post()).toMatchObject({ status: 200 });
  expect(sockets).toHaveLength(2);
});

test('kept connections: one that the receiver has closed is not taken again', async () => {
  const { post, sockets } = await serve(answer());
  await post();
  await settle();
  sockets[0]?.end();
  await once(sockets[0] as Socket, 'close');
  expect(await post()).toMatchObject({ status: 200 });
  expect(sockets).toHaveLength(2);
});

test('kept connections: no more than 128 are open to one address; who waits for one is told in turn', async () => {
  const asked: Socket[] = [];
  const { post, sockets } = await serve((socket) => asked.push(socket));
  const outcomes = Array.from({ length: 300 }, () => post());
  while (asked.length < 128) await settle();
  await settle();
  expect(sockets).toHaveLength(128);
  let answered = 0;
  while (answered < 300) {
    for (const socket of asked.splice(0)) {
      answer()(socket);
      answered += 1;
    }
    await settle();
  }
  for (const outcome of await Promise.all(outcomes)) expect(outcome).toMatchObject({ status: 200 });
  expect(sockets).toHaveLength(128);
});

test('kept connections: what was given up while it waited for one is not sent', async () => {
  const asked: Socket[] = [];
  const { post } = await serve((socket) => asked.push(socket));
  const held = Array.from({ length: 128 }, () => post());
  const giving = new AbortController();
  const given = Array.from({ length: 10 }, () => post(giving.signal));
  const last = post();
  while (asked.length < 128) await settle();
  giving.abort();
  for (const outcome of await Promise.all(given)) expect(outcome).toMatchObject({ failure: 'given-up' });
  for (const socket of asked.splice(0)) answer()(socket);
  while (asked.length < 1) await settle();
  for (const socket of asked) answer()(socket);
  expect(await last).toMatchObject({ status: 200 });
  await Promise.all(held);
  expect(asked).toHaveLength(1);
});

test('kept connections: when all that are open break, those that wait get new ones', async () => {
  let requests = 0;
  const { post } = await serve((socket) => {
    requests += 1;
    if (requests <= 128) socket.resetAndDestroy();
    else answer()(socket);
  });
  const outcomes = await Promise.all(Array.from({ length: 200 }, () => post()));
  expect(outcomes.filter((one) => 'failure' in one)).toHaveLength(128);
  expect(outcomes.filter((one) => 'status' in one)).toHaveLength(72);
});

test('kept connections: a receiver whose answer is not brief costs one connection more, once a minute', async () => {
  const { clock, post, sockets } = await serve(
    (socket) => void socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'),
  );
  const seen: number[] = [];
  for (const waitMs of [0, 0, 0, 61_000, 0]) {
    await clock.advance(waitMs);
    expect(await post()).toMatchObject({ status: 200 });
    await settle();
    seen.push(sockets.length);
  }
  expect(seen).toEqual([1, 2, 2, 3, 4]);
});

test('kept connections: an answer of success comes in as many pieces as it likes', async () => {
  const { post } = await serve(async (socket) => {
    for (const byte of 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi') {
      socket.write(byte);
      await settle();
    }
  });
  expect(await post()).toMatchObject({ status: 200, text: 'hi' });
});
