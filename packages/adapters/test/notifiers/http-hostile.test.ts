import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { DreamnetError, systemClock } from '@dreamnet/kit';
import { afterEach, expect, test } from 'vitest';
import { HTTP_KINDS, TOKEN } from './http-kinds.fixture.js';
import { aGroupNotification } from './notification.fixture.js';

/** Far more than a notifier may read, far less than the receiver would like to send. */
const READ_LIMIT_BYTES = 32 * 1024 * 1024;
const CHUNK = Buffer.alloc(64 * 1024, 120);

let close: () => Promise<void> = async () => undefined;
afterEach(() => close());

/** A receiver below HTTP: it may answer anything once a request has come. */
async function serve(answer: (socket: Socket) => void): Promise<{ url: string; requests: () => number }> {
  let requests = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => {
      requests += 1;
      answer(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  close = () =>
    new Promise((resolve) => {
      for (const socket of sockets) socket.destroy();
      server.close(() => resolve());
    });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
  };
}

const HOSTILE = [
  {
    rule: 'one that closes half-way is worth another try',
    answer: 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf',
    error: { code: 'DN_NOTIFY_UNREACHABLE', retryable: true },
  },
  {
    rule: 'one that closes without a word is worth another try',
    answer: '',
    error: { code: 'DN_NOTIFY_UNREACHABLE', retryable: true },
  },
  {
    rule: 'one that speaks no HTTP is told apart from a refusal',
    answer: `220 mail.example ESMTP ${TOKEN}\r\n`,
    error: { code: 'DN_NOTIFY_UNREACHABLE', retryable: true },
  },
  {
    rule: 'one that is broken inside is worth another try',
    answer: `HTTP/1.1 500 Oops\r\nConnection: close\r\n\r\nstack trace with ${TOKEN}`,
    error: { code: 'DN_NOTIFY_UNAVAILABLE', retryable: true },
  },
  {
    rule: 'one that sends us elsewhere is not followed',
    answer: `HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/${TOKEN}\r\nConnection: close\r\n\r\n`,
    error: { code: 'DN_NOTIFY_REFUSED', retryable: false },
  },
] as const;

for (const [kind, make] of Object.entries(HTTP_KINDS)) {
  const options = { name: `${kind}[0]`, clock: systemClock(), timeoutMs: 2000 };
  const notify = (url: string) =>
    make(url, options).notify(aGroupNotification(), new AbortController().signal);

  for (const { rule, answer, error } of HOSTILE)
    test(`${kind}, hostile receiver: ${rule}, and no secret is shown`, async () => {
      const { url } = await serve((socket) => socket.end(answer));
      const thrown = DreamnetError.from(
        await notify(url).then(
          () => undefined,
          (one: unknown) => one,
        ),
      );
      expect(thrown).toMatchObject(error);
      expect(`${thrown.stack} ${JSON.stringify(thrown)} ${String(thrown.cause)}`).not.toContain(TOKEN);
    });

  test(`${kind}, hostile receiver: an answer without end is cut off`, async () => {
    let sentBytes = 0;
    let ended: () => void = () => undefined;
    const isOver = new Promise<void>((resolve) => {
      ended = resolve;
    });
    const { url } = await serve((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      const pour = () => {
        while (!socket.destroyed && sentBytes < READ_LIMIT_BYTES) {
          sentBytes += CHUNK.length;
          if (!socket.write(CHUNK)) return void socket.once('drain', pour);
        }
      };
      socket.once('close', ended);
      pour();
    });
    await notify(url);
    await isOver;
    expect(sentBytes).toBeLessThan(READ_LIMIT_BYTES);
  });
}
