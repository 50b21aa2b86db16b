import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
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
  admit(body: AnnouncedBody, response: ServerResponse): void;
}

/** What is known of a body before it is read. */
export interface AnnouncedBody {
  headers: IncomingHttpHeaders;
  /** What its route allows. */
  limitBytes: number;
}

/** A budget with nothing taken. @param limitBytes For tests; default 64 MiB */
export function createBodyBudget(limitBytes = LARGE_BODIES_BYTES): BodyBudget {
  let takenBytes = 0;
  return {
    admit: (body, response) => {
      const bytes = Math.min(mostBytesOf(body), limitBytes);
      if (bytes <= SMALL_BODY_BYTES) return;
      if (takenBytes + bytes > limitBytes) {
        response.setHeader('retry-after', RETRY_AFTER_SECONDS);
        throw programError('DN_API_BUSY', { limit: limitBytes });
      }
      takenBytes += bytes;
      response.once('close', () => {
        takenBytes -= bytes;
      });
    },
  };
}

/** A body of unknown length may be as long as its route allows; one that is too long is refused unread. */
function mostBytesOf({ headers, limitBytes }: AnnouncedBody): number {
  if (headers['content-encoding'] !== undefined) return UNPACKED_LIMIT_BYTES;
  if (headers['transfer-encoding'] !== undefined) return limitBytes;
  const length = Number(headers['content-length'] ?? 0);
  return length <= limitBytes ? length : 0;
}
