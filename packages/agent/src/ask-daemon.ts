import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Destination } from './destination.js';
import { messageOf } from './report-limits.js';

/** What the daemon answered; `status` 0 when it did not. */
export interface DaemonAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  /** Why there is no answer. */
  readonly why: string;
}

/** One question to the daemon. */
export interface Question {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
  readonly timeoutMs: number;
  /** The program may end while it waits. */
  readonly isIdle?: boolean;
  readonly signal?: AbortSignal;
}

const LONGEST_ANSWER = 1024 * 1024;

/** Asks once; never throws. */
export function askDaemon(to: Destination, question: Question): Promise<DaemonAnswer> {
  return ask(to, question).catch((thrown: unknown) => ({
    ...{ status: 0, body: {} },
    why: messageOf(thrown),
  }));
}

/** Rejects when the question cannot be sent at all: what it asks for is not JSON. */
function ask({ url, token, clock }: Destination, question: Question): Promise<DaemonAnswer> {
  return new Promise((resolve) => {
    const end = (answer: Partial<DaemonAnswer>) => {
      clock.clearTimeout(timer);
      question.signal?.removeEventListener('abort', leave);
      resolve({ status: 0, body: {}, why: '', ...answer });
    };
    const text = question.body === undefined ? undefined : JSON.stringify(question.body);
    const target = new URL(`${url}${question.path}`);
    const request = target.protocol === 'https:' ? httpsRequest : httpRequest;
    const asked = request(target, { method: question.method, headers: headersOf(text, token) });
    const leave = () => asked.destroy();
    const timer = clock.setTimeout(() => {
      end({ why: `no answer within ${question.timeoutMs} ms` });
      asked.destroy();
    }, question.timeoutMs);
    question.signal?.addEventListener('abort', leave, { once: true });
    if (question.isIdle) asked.on('socket', (socket) => socket.unref());
    asked.on('error', (error) => end({ why: error.message }));
    asked.on('response', (answer) => {
      let read = '';
      answer.setEncoding('utf8');
      answer.on('data', (part: string) => {
        if (read.length < LONGEST_ANSWER) read += part;
      });
      answer.on('error', (error) => end({ why: error.message }));
      answer.on('end', () => end({ status: answer.statusCode ?? 0, body: parse(read) }));
    });
    asked.end(text);
  });
}

function headersOf(text: string | undefined, token: string | undefined): Record<string, string | number> {
  return {
    ...(text !== undefined && {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
    }),
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    // Whoever answered is no daemon: that is seen by what is missing.
    return {};
  }
}
