import type { HttpAnswer } from '../http/exchange.js';
import { isRecord, parseJson } from '../json-rpc/json.js';
import { INVALID_PARAMS, METHOD_NOT_FOUND } from '../json-rpc/messages.js';

/** Errors of a method: who raises one has taken the request for one of a session it knows. */
const OF_THE_METHOD: readonly unknown[] = [METHOD_NOT_FOUND, INVALID_PARAMS];

const QUOTED_CHARACTERS = 500;

const UNKNOWN = '(?:no|not|unknown|invalid|expired|terminated|closed)';
/** The words of the SDKs' servers and of their examples, such as "No valid session ID provided", "Invalid session ID". */
const SAYS_FORGOTTEN = new RegExp(
  `\\b${UNKNOWN}\\b.{0,40}session|session.{0,60}\\b${UNKNOWN}\\b|server not initialized`,
  'is',
);

/**
 * Does the answer to a request that carried a session id say that the server does not know the session? Then the request
 * has not run. Besides 404, which the protocol asks for, 400 is common; it counts only when its words say so.
 *
 * @source MCP 2025-11-25, basic/transports, "Session Management"
 */
export function saysForgotten({ status, body }: HttpAnswer): boolean {
  if (status !== 404 && status !== 400) return false;
  const text = body.toString('utf8');
  const value = parseJson(text);
  const error = isRecord(value) && isRecord(value.error) ? value.error : {};
  if (OF_THE_METHOD.includes(error.code)) return false;
  if (status === 404) return true;
  const said = typeof error.message === 'string' ? error.message : text;
  return SAYS_FORGOTTEN.test(said.slice(0, QUOTED_CHARACTERS));
}
