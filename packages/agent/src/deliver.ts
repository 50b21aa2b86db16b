import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Clock, HealthReport } from '@dreamnet/contracts';
import type { Delivery } from './pacing.js';

/** A daemon that does not answer within this is not there. */
const TIMEOUT_MS = 2000;
/** These say that the same report may be sent again. */
const TRY_AGAIN = new Set([408, 429]);

/** Where reports go. */
export interface Destination {
  readonly url: string;
  readonly token: string | undefined;
  readonly clock: Clock;
}

/**
 * Sends reports to the daemon over one connection that keeps no process alive.
 *
 * @returns Undefined when the address is none.
 */
export function createDelivery({ url, token, clock }: Destination) {
  if (!URL.canParse(url)) return undefined;
  const target = new URL(`${url.replace(/\/+$/, '')}/api/heartbeats`);
  const isSecure = target.protocol === 'https:';
  const request = isSecure ? httpsRequest : httpRequest;
  const connections = new (isSecure ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: 1 });
  return (report: HealthReport): Promise<Delivery> =>
    new Promise((resolve) => {
      const body = JSON.stringify(report);
      const settle = (delivery: Delivery) => {
        clock.clearTimeout(timer);
        resolve(delivery);
      };
      const asked = request(target, { method: 'POST', agent: connections, headers: headersOf(body, token) });
      const timer = clock.setTimeout(() => {
        settle({ is: 'unreachable', why: `no answer within ${TIMEOUT_MS} ms` });
        asked.destroy();
      }, TIMEOUT_MS);
      asked.on('socket', (socket) => socket.unref());
      asked.on('error', (error) => settle({ is: 'unreachable', why: error.message }));
      asked.on('response', (answer) => {
        // What it says beyond its status is not needed, but must be read for the connection to be used again.
        answer.resume();
        answer.on('error', () => undefined);
        settle(judge(answer));
      });
      asked.end(body);
    });
}

function headersOf(body: string, token: string | undefined): Record<string, string | number> {
  return {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
}

function judge({ statusCode = 0 }: IncomingMessage): Delivery {
  if (statusCode >= 200 && statusCode < 300) return { is: 'taken' };
  const why = `the daemon answered ${statusCode}`;
  return statusCode >= 500 || TRY_AGAIN.has(statusCode) ? { is: 'unreachable', why } : { is: 'refused', why };
}
