import type { ErrorBody } from '@dreamnet/contracts';
import { parseAnswer } from './foreign-text.js';
import { currentToken } from './session.js';

/** A daemon that has not answered by then counts as gone; the page says so and tries again. */
const TIMEOUT_MS = 8_000;

/** A request that did not succeed. `status` 0: the daemon did not answer at all. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, body: Pick<ErrorBody, 'code' | 'message'>) {
    super(body.message);
    this.name = 'ApiError';
    this.status = status;
    this.code = body.code;
  }
}

/** Did the daemon not answer at all? */
export function isNoAnswer(error: unknown): boolean {
  return error instanceof ApiError && error.status === 0;
}

/** The header that says who asks. */
export function authorization(): Record<string, string> {
  const token = currentToken();
  return token === '' ? {} : { authorization: `Bearer ${token}` };
}

/** What to ask with; a body is sent as JSON. */
export interface RequestOptions {
  method?: 'GET' | 'POST' | 'DELETE';
  body?: unknown;
}

/**
 * One request to the daemon this page came from.
 *
 * @param path Begins with `api/`.
 * @throws ApiError
 */
export async function request<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const answer = await send(path, options);
  const body: unknown = await answer
    .text()
    .then(parseAnswer)
    .catch(() => undefined);
  if (!answer.ok) throw new ApiError(answer.status, errorOf(body, answer.status));
  return body as T;
}

async function send(path: string, { method = 'GET', body }: RequestOptions): Promise<Response> {
  const withBody =
    body === undefined
      ? { headers: { accept: 'application/json', ...authorization() } }
      : {
          headers: { accept: 'application/json', 'content-type': 'application/json', ...authorization() },
          body: JSON.stringify(body),
        };
  try {
    return await fetch(`./${path}`, { method, ...withBody, signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch {
    throw new ApiError(0, { code: 'DN_CONSOLE_NO_DAEMON', message: 'The daemon does not answer.' });
  }
}

function errorOf(body: unknown, status: number): Pick<ErrorBody, 'code' | 'message'> {
  const error = (body as { error?: ErrorBody } | undefined)?.error;
  return error ?? { code: 'DN_CONSOLE_BAD_ANSWER', message: `The daemon answered with status ${status}.` };
}
