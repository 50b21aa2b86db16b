import { DreamnetError } from '@dreamnet/kit';
import type { RawQuery } from './query.js';
import type { Refusal } from './refusal.js';

export const JSON_TYPE = 'application/json';
const JSON_ANSWER = 'application/json; charset=utf-8';

/** What somebody asks of a route. */
export interface Asked {
  query: RawQuery;
  /** The last part of the path where the route's ends in `:id`, decoded; else empty. */
  id: string;
  /** The body as it came; undefined without one. */
  body: string | undefined;
}

/** A text in pieces: as text, or as the bytes of UTF-8. */
export type Pieces = Iterable<string | Uint8Array>;

export interface Answer {
  status: number;
  /** Undefined: there is no body. */
  type: string | undefined;
  /** In pieces it goes out as it is made; each is good until the one after the next is asked for. */
  body: string | Pieces;
  headers?: Readonly<Record<string, string>>;
}

/** One route of the API, whatever serves it. */
export interface ApiRoute {
  method: 'GET' | 'POST' | 'DELETE';
  /** `/api/v2/silence/:id` */
  path: string;
  /** Who may: everybody, those who may look, those who may change. */
  access: 'open' | 'reading' | 'writing';
  /** Default 1 MiB. */
  bodyLimitBytes?: number;
  answer: (asked: Asked) => Answer | Promise<Answer>;
}

export const jsonAnswer = (value: unknown): Answer => ({
  status: 200,
  type: JSON_ANSWER,
  body: JSON.stringify(value),
});

/** JSON that is text already. */
export const jsonTextAnswer = (body: Answer['body']): Answer => ({
  status: 200,
  type: JSON_ANSWER,
  body,
});

export const textAnswer = (body: string, status = 200): Answer => ({
  status,
  type: 'text/plain; charset=utf-8',
  body,
});

export const emptyAnswer: Answer = { status: 200, type: undefined, body: '' };

/** A refusal in Alertmanager's form: a bare text is JSON, too. */
export function refusalAnswer({ status, body }: Refusal): Answer {
  return { status, type: JSON_ANSWER, body: `${JSON.stringify(body)}\n` };
}

/** What is said of an error that nobody expected, or that a coded one asks to be said. */
export function errorAnswer(thrown: unknown, otherwise = 500): Answer {
  const error = DreamnetError.from(thrown);
  const status = DreamnetError.is(thrown) ? error.httpStatus : otherwise;
  return refusalAnswer({ status, body: { code: status, message: error.message } });
}

/** A body that is not JSON by its type. @param type What was said of it. */
export function wrongTypeAnswer(type: string): Answer {
  const message = `unsupported media type "${type}", only [application/json] are allowed`;
  return refusalAnswer({ status: 415, body: { code: 415, message } });
}
