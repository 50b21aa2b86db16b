import type { FastifyReply, FastifyRequest } from 'fastify';
import { programError } from '../errors.js';

/** Bodies up to this size are always read: nearly all are, and large ones must not keep them waiting. */
export const SMALL_BODY_BYTES = 16 * 1024;
/** All larger bodies that are read and worked on at a time. */
const LARGE_BODIES_BYTES = 64 * 1024 * 1024;
/** What a packed body may become. */
export const UNPACKED_LIMIT_BYTES = 16 * 1024 * 1024;
const RETRY_AFTER_SECONDS = 1;

/** Bounds the memory of request bodies, however many connections send them. */
export interface BodyBudget {
  /**
   * Called before the body of a request is read; what it takes is given back when the answer is out or the sender gone.
   *
   * @throws DN_API_BUSY
   */
  admit(request: FastifyRequest, reply: FastifyReply): void;
}

/** A budget with nothing taken. @param limitBytes For tests; default 64 MiB */
export function createBodyBudget(limitBytes = LARGE_BODIES_BYTES): BodyBudget {
  let takenBytes = 0;
  return {
    admit: (request, reply) => {
      const bytes = Math.min(mostBytesOf(request), limitBytes);
      if (bytes <= SMALL_BODY_BYTES) return;
      if (takenBytes + bytes > limitBytes) {
        void reply.header('retry-after', RETRY_AFTER_SECONDS);
        throw programError('DN_API_BUSY', { limit: limitBytes });
      }
      takenBytes += bytes;
      reply.raw.once('close', () => {
        takenBytes -= bytes;
      });
    },
  };
}

/** A body of unknown length may be as long as its route allows; one that is too long is refused unread. */
function mostBytesOf({ headers, routeOptions }: FastifyRequest): number {
  const { bodyLimit = 0 } = routeOptions;
  if (headers['content-encoding'] !== undefined) return UNPACKED_LIMIT_BYTES;
  if (headers['transfer-encoding'] !== undefined) return bodyLimit;
  const length = Number(headers['content-length'] ?? 0);
  return length <= bodyLimit ? length : 0;
}
