import type { ServerResponse } from 'node:http';
import type { Clock, TimerHandle } from '@dreamnet/contracts';
import type { FastifyReply } from 'fastify';

/** One event of a stream as the browser takes it. */
export interface StreamedEvent {
  id: string;
  type: string;
  data: unknown;
}

/** Comment lines in between, so that proxies and clients can tell a quiet stream from a dead one. */
const KEEP_ALIVE_MS = 15_000;

/**
 * Answers with server-sent events until the client leaves or the source ends.
 *
 * @param open Called once the headers are out; gets the function that sends and the signal that ends. Sending waits
 * while the reader is slow, so that a stream of any length passes through bounded memory.
 */
export async function streamEvents(
  reply: FastifyReply,
  clock: Clock,
  open: (send: (event: StreamedEvent) => Promise<void>, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  reply.hijack();
  const { raw } = reply;
  const controller = new AbortController();
  const { signal } = controller;
  raw.on('close', () => controller.abort());
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  raw.write(': connected\n\n');
  let timer: TimerHandle;
  const keepAlive = () => {
    // A reader that is behind has enough to read.
    if (!raw.writableNeedDrain) raw.write(': still here\n\n');
    timer = clock.setTimeout(keepAlive, KEEP_ALIVE_MS);
  };
  timer = clock.setTimeout(keepAlive, KEEP_ALIVE_MS);
  try {
    await open(
      ({ id, type, data }) =>
        writeSlowly(raw, `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`, signal),
      signal,
    );
  } finally {
    clock.clearTimeout(timer);
    controller.abort();
    raw.end();
  }
}

/** Writes, and resolves when the reader has room for more or has left. */
export function writeSlowly(raw: ServerResponse, text: string, signal: AbortSignal): Promise<void> {
  if (signal.aborted || raw.write(text)) return Promise.resolve();
  return new Promise((resolve) => {
    const goOn = () => {
      raw.off('drain', goOn);
      signal.removeEventListener('abort', goOn);
      resolve();
    };
    raw.once('drain', goOn);
    signal.addEventListener('abort', goOn, { once: true });
  });
}
