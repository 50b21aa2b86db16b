import type { IncomingMessage } from 'node:http';
import { createGatherer } from '@dreamnet/kit';
import { programError } from '../errors.js';

/**
 * Reads a body as text.
 *
 * @returns undefined when there is none.
 * @throws DN_API_TOO_LARGE. The rest is then read and dropped: a sender that is still busy with it would not read why.
 */
export function readBody(request: IncomingMessage, limitBytes: number): Promise<string | undefined> {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  if (encoding === undefined && (length === undefined || length === '0')) return Promise.resolve(undefined);
  if (Number(length ?? 0) > limitBytes) return Promise.reject(tooLarge(limitBytes));
  return new Promise((resolve, reject) => {
    const body = createGatherer();
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= limitBytes) {
        body.add(chunk);
        return;
      }
      body.take();
      reject(tooLarge(limitBytes));
    });
    request.on('end', () => resolve(body.take().toString()));
    // Whoever has gone reads no answer: nothing waits for this any more.
    request.on('error', reject);
  });
}

const tooLarge = (limitBytes: number) => programError('DN_API_TOO_LARGE', { limit: limitBytes });
