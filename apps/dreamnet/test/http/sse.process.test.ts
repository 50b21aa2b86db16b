import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '@dreamnet/kit';
import type { FastifyReply } from 'fastify';
import { afterEach, expect, test } from 'vitest';
import { streamEvents } from '../../src/http/sse.js';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

const EVENTS = 400;
/** All events together are far more than the sockets of both sides hold. */
const PADDING = 'x'.repeat(64 * 1024);

test('event stream: a slow reader gets everything, and what it has not read is not piled up in memory', async () => {
  let sent = 0;
  let isOver = false;
  const answer = await open(async (send) => {
    for (; sent < EVENTS; sent += 1) await send({ id: String(sent), type: 'x', data: PADDING });
    isOver = true;
  });
  // The reader does not read: the source is expected to stand still, which only time can show.
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(sent).toBeLessThan(EVENTS);
  expect(isOver).toBe(false);
  let text = '';
  for await (const part of answer) text += part;
  expect(text.match(/^id: /gm)).toHaveLength(EVENTS);
});

test('event stream: a reader that leaves while the source waits for it ends the source', async () => {
  let ended: () => void = () => undefined;
  const over = new Promise<void>((resolve) => {
    ended = resolve;
  });
  const answer = await open(async (send, signal) => {
    while (!signal.aborted) await send({ id: '1', type: 'x', data: PADDING });
    ended();
  });
  answer.destroy();
  await over;
});

async function open(source: Parameters<typeof streamEvents>[2]): Promise<IncomingMessage> {
  server = createServer((_request, raw) => {
    const reply = { raw, hijack: () => undefined } as unknown as FastifyReply;
    void streamEvents(reply, systemClock(), source);
  });
  const listening = server;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const { port } = listening.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port }, resolve).on('error', reject);
  });
}
