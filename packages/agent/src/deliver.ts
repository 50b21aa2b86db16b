import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { HealthReport } from '@dreamnet/contracts';
import type { Destination } from './destination.js';
import type { Delivery } from './pacing.js';

/** A daemon that does not answer within this is not there. */
const TIMEOUT_MS = 2000;
/** These say that the same report may be sent again. */
const TRY_AGAIN = new Set([408, 429]);
/** These are about what the report tells. */
const UNFIT = new Set([400, 413, 422]);
/** A refusal with its reason is shorter. */
const LONGEST_REFUSAL = 16_384;
const LONGEST_REASON = 300;

/** Sends reports to the daemon over one connection that keeps no process alive. Rejects when a report cannot be sent at all. */
export function createDelivery({ url, token, clock }: Destination) {
  const target = new URL(`${url}/api/heartbeats`);
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
        void readAnswer(answer).then((text) => settle(judge(answer, text)));
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

/** Reads it to its end, for the connection to be used again. @returns What it says, or as much as came. */
function readAnswer(answer: IncomingMessage): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    answer.setEncoding('utf8');
    answer.on('data', (part: string) => {
      if (text.length < LONGEST_REFUSAL) text += part;
    });
    answer.on('error', () => undefined);
    answer.on('close', () => resolve(text));
  });
}

function judge({ statusCode = 0 }: IncomingMessage, text: string): Delivery {
  if (statusCode >= 200 && statusCode < 300) return { is: 'taken' };
  const why = `the daemon answered ${statusCode}${reasonIn(text)}`;
  if (UNFIT.has(statusCode)) return { is: 'unfit', why };
  return statusCode >= 500 || TRY_AGAIN.has(statusCode) ? { is: 'unreachable', why } : { is: 'refused', why };
}

/** The code of the refusal and its sentence, which names the field. */
function reasonIn(text: string): string {
  try {
    const { error } = JSON.parse(text) as { error?: { code?: unknown; message?: unknown } };
    return error ? ` ${error.code}: ${String(error.message).slice(0, LONGEST_REASON)}` : '';
  } catch {
    // Whoever answered is no daemon: the status says as much as there is.
    return '';
  }
}
