import { request as httpRequest } from 'node:http';
import type { ErrorBody } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import { programError } from '../errors.js';
import { plainReviver } from './foreign-text.js';

export interface ClientOptions {
  url: string;
  token: string | undefined;
  /** Is what comes shown to a person? Then texts in it have nothing that controls a terminal. Default false. */
  isShown?: boolean;
  /** Whole request, ms. Default 30 000. */
  timeoutMs?: number;
  /** Breaks off the request that is under way; one that is begun afterwards is made. */
  signal?: AbortSignal;
}

/** The daemon's HTTP interface as the command line uses it. */
export interface DaemonClient {
  readonly url: string;
  get<T>(path: string): Promise<T>;
  send<T>(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<T>;
  /** The lines of a streamed answer as they come, until the daemon or the signal ends it. */
  lines(path: string, signal: AbortSignal): AsyncGenerator<string>;
}

const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * @throws DN_CLI_NO_DAEMON when nobody answers; the daemon's own coded error when it refuses.
 */
export function createClient(options: ClientOptions): DaemonClient {
  const send = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const { status, text } = await exchange(options, { method, path, body });
    const value: unknown = text === '' ? undefined : parseAnswer(text, options);
    if (status >= 400) throw answeredError(value, status);
    return value as T;
  };
  return {
    url: options.url,
    get: (path) => send('GET', path),
    send,
    lines: (path, signal) => streamLines(options, path, signal),
  };
}

interface Exchange {
  method: string;
  path: string;
  body?: unknown;
}

function exchange(options: ClientOptions, call: Exchange): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    const outgoing = httpRequest(
      addressOf(options, call.path),
      {
        method: call.method,
        headers: headersOf(options, body),
        timeout: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      },
      (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8') }),
        );
        answer.on('error', reject);
      },
    );
    outgoing.on('timeout', () =>
      outgoing.destroy(unanswered(options, call, outgoing.socket?.connecting !== false)),
    );
    outgoing.on('error', (thrown) => reject(asUnreachable(thrown, options.url)));
    const breakOff = () => {
      reject(interrupted(call));
      outgoing.destroy();
    };
    options.signal?.addEventListener('abort', breakOff, { once: true });
    outgoing.on('close', () => options.signal?.removeEventListener('abort', breakOff));
    outgoing.end(body);
  });
}

function interrupted({ method, path }: Exchange): DreamnetError {
  const what =
    path === '/api/call'
      ? 'the call is broken off; what the agent has begun may go on'
      : method === 'GET'
        ? 'nothing was changed'
        : `${method} ${path} was asked for and goes on in the daemon; 'dreamnet ps' and 'dreamnet events' show it`;
  return programError('DN_CLI_INTERRUPTED', { what });
}

/** Whoever took the request may still be at it: that is not the same as nobody being there. */
function unanswered(
  { url, timeoutMs = DEFAULT_TIMEOUT_MS }: ClientOptions,
  { method, path }: Exchange,
  isUnreached: boolean,
): DreamnetError {
  if (isUnreached) return programError('DN_CLI_NO_DAEMON', { url, why: ' in time' });
  const what = `${method} ${path} was asked for, and what came of it is not seen yet; 'dreamnet ps' and 'dreamnet events' show it`;
  return programError('DN_CLI_TIMEOUT', { seconds: timeoutMs / 1000, what });
}

async function* streamLines(
  options: ClientOptions,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const answer = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    const outgoing = httpRequest(addressOf(options, path), { headers: headersOf(options) }, resolve);
    // Not as the request's own signal: after the whole answer has come its error would reach nobody but the process.
    signal.addEventListener('abort', () => outgoing.destroy(), { once: true });
    if (signal.aborted) outgoing.destroy();
    outgoing.on('error', (thrown) => reject(asUnreachable(thrown, options.url)));
    outgoing.end();
  });
  let rest = '';
  const isError = (answer.statusCode ?? 0) >= 400;
  answer.setEncoding('utf8');
  // An end asked for while the lines of the last part are still given out reaches nobody else.
  answer.on('error', () => undefined);
  try {
    for await (const part of answer as AsyncIterable<string>) {
      rest += part;
      if (isError) continue;
      const complete = rest.split('\n');
      rest = complete.pop() ?? '';
      yield* complete;
    }
  } catch (thrown) {
    if (!signal.aborted) throw asUnreachable(thrown, options.url);
  }
  if (isError) throw answeredError(parseAnswer(rest, options), answer.statusCode ?? 0);
}

/** Of a name that is `.` or `..` an address would make another page than was asked for. @throws DN_CLI_USAGE */
function addressOf({ url }: ClientOptions, path: string): URL {
  const dots = path
    .replace(/\?.*$/s, '')
    .split('/')
    .find((part) => part === '.' || part === '..');
  if (dots !== undefined) throw programError('DN_CLI_USAGE', { why: `'${dots}' is no name` });
  return new URL(path, url);
}

function headersOf(options: ClientOptions, body?: string): Record<string, string> {
  return {
    accept: 'application/json',
    ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
    ...(body === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
  };
}

function asUnreachable(thrown: unknown, url: string): DreamnetError {
  if (DreamnetError.is(thrown)) return thrown;
  const code = (thrown as NodeJS.ErrnoException).code;
  const why = code === 'ECONNREFUSED' ? '' : ` (${code ?? DreamnetError.from(thrown).message})`;
  return programError('DN_CLI_NO_DAEMON', { url, why }, thrown);
}

function parseAnswer(text: string, { url, isShown }: ClientOptions): unknown {
  try {
    return JSON.parse(text, isShown ? plainReviver : undefined);
  } catch (thrown) {
    throw programError('DN_CLI_NO_DAEMON', { url, why: ' (something else than a daemon answers)' }, thrown);
  }
}

/** The daemon's error, rebuilt so that its code and message reach the user unchanged. */
function answeredError(value: unknown, status: number): DreamnetError {
  const body = (value as { error?: ErrorBody } | undefined)?.error;
  return new DreamnetError(
    body?.code ?? 'DN_CLI_REFUSED',
    {
      template: body?.message ?? `the daemon answered ${status}`,
      httpStatus: status,
      isRetryable: body?.retryable ?? false,
    },
    body?.details ?? {},
  );
}
