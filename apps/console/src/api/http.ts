import type { ErrorBody } from '@dreamnet/contracts';
import { createPatience } from './command-patience.js';
import { parseAnswer } from './foreign-text.js';
import { currentToken } from './session.js';

/** A daemon that has not answered a question by then counts as gone; the page says so and tries again. */
const QUESTION_MS = 8_000;

/** Commands under way, of the whole page. */
const patience = createPatience({
  setTimeout: (act, ms) => setTimeout(act, ms),
  clearTimeout: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
});

/** A request that did not succeed. `status` 0: there was no answer; a command may have been carried out all the same. */
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

/** Why a command came to nothing, or why that is not known: what was not answered was not refused. */
export function failureText(error: Error): string {
  return `${isNoAnswer(error) ? 'No answer' : 'Refused'}: ${error.message}`;
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
 * One request to the daemon this page came from. A question (GET) is given up after 8 s; a command is waited for as
 * long as it takes.
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
  const ask = (signal: AbortSignal) => fetch(`./${path}`, { method, ...withBody, signal });
  const isQuestion = method === 'GET';
  try {
    return await (isQuestion ? ask(AbortSignal.timeout(QUESTION_MS)) : patience.whileUnderWay(ask));
  } catch {
    throw new ApiError(0, { code: 'DN_CONSOLE_NO_DAEMON', message: isQuestion ? NO_ANSWER : NOT_KNOWN });
  }
}

const NO_ANSWER = 'The daemon does not answer.';
/** The command may have reached the daemon: what a lost connection or a closed one says of that is nothing. */
const NOT_KNOWN = 'It may have been done, or still be under way.';

function errorOf(body: unknown, status: number): Pick<ErrorBody, 'code' | 'message'> {
  const error = (body as { error?: ErrorBody } | undefined)?.error;
  return error ?? { code: 'DN_CONSOLE_BAD_ANSWER', message: `The daemon answered with status ${status}.` };
}
