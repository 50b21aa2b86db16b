import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createFakeClock } from '@dreamnet/testkit';
import { afterEach, expect, test } from 'vitest';
import { exchangeHttp } from '../../src/http/exchange.js';
import { readPaced } from '../../src/http/paced-reading.js';
import { closeAll, serveTcp } from '../fixtures/servers.js';

afterEach(closeAll);

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n';
const ONE_BYTE = '1\r\na\r\n';
/** A burst that passes at once, and what may come each millisecond after it. */
const [BURST, PIECES_PER_MS] = [100_000, 20];

/** Answers with so many chunks of one byte, as fast as they are read. */
function answerInBytes(count: number): (socket: Socket) => void {
  return (socket) => {
    socket.once('data', () => socket.end(`${HEAD}${ONE_BYTE.repeat(count)}0\r\n\r\n`));
  };
}

async function quiet(count: () => number): Promise<number> {
  for (let seen = -1; seen !== count(); ) {
    seen = count();
    for (let turn = 0; turn < 200; turn += 1) await nextTurn();
  }
  return count();
}

test('body: chunks of one byte are read at a pace, and joined to what was sent', async () => {
  const port = await serveTcp(answerInBytes(BURST + 50_000));
  const clock = createFakeClock();
  let pieces = 0;
  const asked = exchangeHttp({
    url: new URL(`http://127.0.0.1:${port}/`),
    clock,
    timeoutMs: 60_000,
    limitBytes: 32 * 1024 * 1024,
    onChunk: () => {
      pieces += 1;
      return 'keep';
    },
  });
  // On a clock that stands still nothing is given back.
  expect(await quiet(() => pieces)).toBeLessThanOrEqual(BURST);
  await clock.advance(100);
  expect(await quiet(() => pieces)).toBeLessThanOrEqual(BURST + 100 * PIECES_PER_MS + 1);
  let body: Buffer | undefined;
  void asked.then((answer) => {
    body = answer.body;
  });
  for (let step = 0; body === undefined && step < 200; step += 1) {
    await clock.advance(50);
    await nextTurn();
  }
  expect(body?.equals(Buffer.alloc(BURST + 50_000, 'a'))).toBe(true);
});

test('body: the deadline holds while a flood is held back', async () => {
  const port = await serveTcp(answerInBytes(BURST + 50_000));
  const clock = createFakeClock();
  let pieces = 0;
  const asked = exchangeHttp({
    url: new URL(`http://127.0.0.1:${port}/`),
    clock,
    timeoutMs: 1000,
    limitBytes: 32 * 1024 * 1024,
    onChunk: () => {
      pieces += 1;
      return 'skip';
    },
  });
  const failure = asked.catch((thrown: unknown) => thrown);
  await quiet(() => pieces);
  await clock.advance(1000);
  expect(await failure).toMatchObject({ code: 'DN_HTTP_TIMEOUT', details: { delivered: true } });
  expect(clock.pendingTimers).toBe(0);
});

test('paced reading: when a turn has become long the rest waits for the next one', async () => {
  const clock = createFakeClock();
  let ms = 0;
  const slow = { ...clock, monotonic: () => ms };
  const stream = Readable.from(
    Array.from({ length: 10 }, () => Buffer.from('a')),
    { objectMode: true },
  );
  const perTurn: number[] = [];
  let taken = 0;
  const whenOver = new Promise((resolve) => stream.once('end', resolve));
  const reading = readPaced(stream, slow, () => {
    taken += 1;
    ms += 10;
  });
  while (taken < 10) {
    const before = taken;
    await nextTurn();
    perTurn.push(taken - before);
  }
  await whenOver;
  expect(Math.max(...perTurn)).toBeLessThanOrEqual(1);
  reading.stop();
});
