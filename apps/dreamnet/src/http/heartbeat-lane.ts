import type { IncomingMessage, ServerResponse } from 'node:http';
import { DreamnetError } from '@dreamnet/kit';
import type { Caller } from '../daemon/state-dir.js';
import { type ReportBodyTools, takeReportBody } from '../ingest/report-bodies.js';
import { allows, bearerToken } from './auth.js';
import { HEARTBEAT_PATHS, JSON_TYPE } from './routes-heartbeats.js';

export interface LaneOptions extends ReportBodyTools {
  identify: (token: string) => Caller | undefined;
  isAllowedHost: (host: string) => boolean;
  bodyLimitBytes: number;
}

/** Takes a request, or leaves it to the server's routes. */
export type FastLane = (request: IncomingMessage, response: ServerResponse) => boolean;

const RETRY_AFTER_SECONDS = 1;

/**
 * The short way for reports, which are most of what the daemon is sent: a plain JSON report of a known size from a known
 * sender is read and answered here. Whatever is unusual about a request (its host, token, type, size) is left to the
 * route, which refuses it in the words of the rest of the interface.
 */
export function createHeartbeatLane(options: LaneOptions): FastLane {
  return (request, response) => {
    const caller = callerOf(request, options);
    if (caller === undefined) return false;
    readBody(request, Number(request.headers['content-length']), (bytes) => {
      takeReportBody(options, { bytes, isLines: false, agent: caller.agent }).then(
        ({ status, text }) => send(response, status, text),
        (thrown: unknown) => {
          const error = DreamnetError.from(thrown);
          if (error.httpStatus === 429) response.setHeader('retry-after', RETRY_AFTER_SECONDS);
          send(response, error.httpStatus, JSON.stringify({ error: error.toJSON() }));
        },
      );
    });
    return true;
  };
}

function callerOf({ method, url, headers }: IncomingMessage, options: LaneOptions): Caller | undefined {
  if (method !== 'POST' || !HEARTBEAT_PATHS.includes(url ?? '')) return undefined;
  if (headers['content-type'] !== 'application/json' || headers.expect !== undefined) return undefined;
  // A missing length is NaN, and NaN is not in any range.
  const length = Number(headers['content-length']);
  if (!(length > 0 && length <= options.bodyLimitBytes)) return undefined;
  if (headers['content-encoding'] !== undefined || !options.isAllowedHost(headers.host ?? ''))
    return undefined;
  const token = bearerToken(headers.authorization);
  const caller = token === undefined ? undefined : options.identify(token);
  return caller && allows(caller.role, 'agent') ? caller : undefined;
}

/** Nothing is called when the sender leaves before its body has come. */
function readBody(request: IncomingMessage, length: number, take: (bytes: Buffer) => void): void {
  const parts: Buffer[] = [];
  let left = length;
  request.on('data', (part: Buffer) => {
    left -= part.length;
    if (left > 0 || parts.length > 0) parts.push(part);
    // Node lets no more come than was announced: with the last byte it is whole, and nothing waits for the end of the stream.
    if (left === 0) take(parts.length === 0 ? part : Buffer.concat(parts));
  });
}

function send(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, [
    'content-type',
    JSON_TYPE,
    'content-length',
    String(Buffer.byteLength(text)),
    'x-content-type-options',
    'nosniff',
  ]);
  response.end(text);
}
