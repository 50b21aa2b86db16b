import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { Clock } from '@dreamnet/contracts';
import { createGatherer } from '@dreamnet/kit';
import { readPaced } from '@dreamnet/protocols';
import { SMALL_BODY_BYTES } from './body-budget.js';

/** As much is handed on in one piece. */
const PIECE_BYTES = 64 * 1024;

/** May the body come in so many pieces that it matters? */
export function mayBeInManyPieces({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length']) > SMALL_BODY_BYTES;
}

/**
 * The same body in large pieces, read at a pace that leaves the event loop to others: in chunks of a byte each, 4 MiB are four million
 * buffers for whoever collects them.
 *
 * @returns A stream that ends or fails as the body does; nobody need listen to its failure.
 */
export function joinPieces(body: Readable, clock: Clock): Readable {
  const gatherer = createGatherer();
  // Whoever reads bodies takes what comes at once; a pause in between is the pace's.
  const joined = new Readable({ read: () => undefined });
  const handOn = () => {
    if (gatherer.size > 0) joined.push(gatherer.take());
  };
  const pace = readPaced(body, clock, (piece) => {
    gatherer.add(piece);
    if (gatherer.size >= PIECE_BYTES) handOn();
  });
  body.once('end', () => {
    handOn();
    joined.push(null);
  });
  const fail = (error: Error) => {
    pace.stop();
    joined.destroy(error);
  };
  body.on('error', fail);
  body.once('close', () => pace.stop());
  // After a refusal nobody listens any more, and the sender may still go away.
  joined.on('error', () => undefined);
  return joined;
}
