import { DreamnetError } from '@dreamnet/kit';

/** Errors that only an answer can cause, though not one that was hoped for. */
const ANSWER_CODES: ReadonlySet<string> = new Set([
  'DN_HTTP_BODY_TOO_LARGE',
  'DN_HTTP_REFUSED',
  'DN_HTTP_UNAVAILABLE',
  'DN_HTTP_BAD_ANSWER',
  'DN_MCP_ANSWER_TOO_LONG',
  'DN_MCP_NOISE',
  'DN_MCP_REQUEST_FAILED',
  'DN_MCP_BAD_ANSWER',
  'DN_MCP_NO_COMMON_VERSION',
  'DN_MCP_HANDSHAKE_FAILED',
  'DN_MCP_INPUT_REQUIRED',
  'DN_A2A_BAD_CARD',
  'DN_A2A_FOREIGN_ADDRESS',
  'DN_A2A_REQUEST_FAILED',
  'DN_A2A_BAD_ANSWER',
]);

/**
 * Did somebody answer, though badly? Then whoever was asked is not too busy to answer: it is faulty.
 *
 * @param thrown What a session or an exchange of this package threw.
 */
export function isAnswer(thrown: unknown): boolean {
  const { code, details } = DreamnetError.from(thrown);
  return ANSWER_CODES.has(code) || details.isAnswered === true;
}
