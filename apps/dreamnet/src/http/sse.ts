import type { Clock } from '@dreamnet/contracts';
import type { FastifyReply } from 'fastify';

/** One event of a stream as the browser takes it. */
export interface StreamedEvent {
  id: string;
  type: string;
  data: unknown;
}

/** Comment lines in between, so that proxies and clients can tell a quiet stream from a dead one. */
const KEEP_ALIVE_MS = 15_000;
/** A reader this far behind is cut off: it may come back with `Last-Event-ID`. */
const BACKLOG_LIMIT_BYTES = 4 * 1024 * 1024;

/**
 * Answers with server-sent events until the client leaves, the source ends, or the client is too slow.
 *
 * @param open Called once the headers are out; gets the function that sends and the signal that ends.
 */
export async function streamEvents(
  reply: FastifyReply,
  clock: Clock,
  open: (send: (event: StreamedEvent) => void, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  reply.hijack();
  const { raw } = reply;
  const controller = new AbortController();
  raw.on('close', () => controller.abort());
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  raw.write(': connected\n\n');
  const write = (text: string) => {
    if (controller.signal.aborted) return;
    raw.write(text);
    if (raw.writableLength > BACKLOG_LIMIT_BYTES) raw.destroy();
  };
  const keepAlive = () => {
    if (controller.signal.aborted) return;
    write(': still here\n\n');
    clock.setTimeout(keepAlive, KEEP_ALIVE_MS);
  };
  clock.setTimeout(keepAlive, KEEP_ALIVE_MS);
  try {
    await open(
      (event) => write(`id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event.data)}\n\n`),
      controller.signal,
    );
  } finally {
    controller.abort();
    raw.end();
  }
}
