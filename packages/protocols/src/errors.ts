import type { ErrorTable } from '@dreamnet/contracts';
import { type CutLimits, createErrors, cutValue, type DreamnetError, type ErrorDetails } from '@dreamnet/kit';

/**
 * Every code this package raises. `retryable` means that another provider, or the same one later, may succeed;
 * whether repeating is safe is told by `details.delivered` (see `DeliveryDetails`).
 */
export const PROTOCOLS_ERRORS = {
  DN_HTTP_BAD_URL: {
    template: "'{url}' is not an http or https URL; write one such as http://127.0.0.1:8080/path",
    httpStatus: 400,
    isRetryable: false,
  },
  DN_HTTP_UNREACHABLE: {
    template: 'Could not reach {url}: {reason}; check that it runs and listens there',
    httpStatus: 502,
    isRetryable: true,
  },
  DN_HTTP_TIMEOUT: {
    template: '{url}: {reason}',
    httpStatus: 504,
    isRetryable: true,
  },
  DN_HTTP_CANCELLED: {
    template: 'The request to {url} was cancelled by its caller',
    httpStatus: 499,
    isRetryable: false,
  },
  DN_HTTP_BODY_TOO_LARGE: {
    template: 'The answer of {url} is longer than {limitBytes} bytes; it was not read further',
    httpStatus: 502,
    isRetryable: false,
  },
  DN_HTTP_REFUSED: {
    template: '{url} answered {status}: {body}',
    httpStatus: 502,
    isRetryable: false,
  },
  DN_HTTP_UNAVAILABLE: {
    template: '{url} answered {status}: {body}',
    httpStatus: 502,
    isRetryable: true,
  },
  DN_HTTP_BAD_ANSWER: {
    template: '{url} answered something that cannot be read: {reason}',
    httpStatus: 502,
    isRetryable: false,
  },
  DN_METRIC_SELECTOR: {
    template: "'{text}' selects no metric: {why}; write such as app_queue or app_up == 1",
    httpStatus: 400,
    isRetryable: false,
  },
  DN_MCP_CLOSED: {
    template: 'The MCP connection is closed: {reason}',
    httpStatus: 502,
    isRetryable: true,
  },
  DN_MCP_TIMEOUT: {
    template: "No answer to '{method}' within {timeoutMs} ms",
    httpStatus: 504,
    isRetryable: true,
  },
  DN_MCP_CANCELLED: {
    template: "'{method}' was cancelled by its caller",
    httpStatus: 499,
    isRetryable: false,
  },
  DN_MCP_BUSY: {
    template: "'{method}' was not sent: {reason}",
    httpStatus: 503,
    isRetryable: true,
  },
  DN_MCP_ANSWER_TOO_LONG: {
    template: 'The MCP server wrote a line longer than {limitBytes} bytes; it was dropped unread',
    httpStatus: 502,
    isRetryable: false,
  },
  DN_MCP_NOISE: {
    template:
      'The MCP server writes what is no message, and no answer: {noise}. It is not read any further until it is asked again; its standard output is for messages alone',
    httpStatus: 502,
    isRetryable: false,
  },
  DN_MCP_REQUEST_FAILED: {
    template: "The MCP server refused '{method}': {reason} (JSON-RPC code {rpcCode})",
    httpStatus: 502,
    isRetryable: false,
  },
  DN_MCP_BAD_ANSWER: {
    template: "The MCP server's answer to '{method}' is not as the protocol says: {reason}",
    httpStatus: 502,
    isRetryable: false,
  },
  DN_MCP_NO_COMMON_VERSION: {
    template: 'No MCP revision in common: the server speaks {theirs}, this client {ours}',
    httpStatus: 502,
    isRetryable: false,
  },
  DN_MCP_HANDSHAKE_FAILED: {
    template: 'The MCP handshake failed: {reason}',
    httpStatus: 502,
    isRetryable: true,
  },
  DN_MCP_INPUT_REQUIRED: {
    template: "'{method}' wants more input from a person or a model ({wants}); this client cannot give it",
    httpStatus: 422,
    isRetryable: false,
  },
  DN_A2A_BAD_CARD: {
    template: 'The agent card at {url} is not usable: {reason}',
    httpStatus: 502,
    isRetryable: false,
  },
  DN_A2A_FOREIGN_ADDRESS: {
    template: '{url} leads to {target}, another host; list it in allowedHosts if that is meant',
    httpStatus: 502,
    isRetryable: false,
  },
  DN_A2A_REQUEST_FAILED: {
    template: "The agent refused '{method}': {reason} (JSON-RPC code {rpcCode})",
    httpStatus: 502,
    isRetryable: false,
  },
  DN_A2A_BAD_ANSWER: {
    template: "The agent's answer to '{method}' is not as A2A {version} says: {reason}",
    httpStatus: 502,
    isRetryable: false,
  },
  DN_A2A_TIMEOUT: {
    template: 'The task {taskId} was not done within {timeoutMs} ms; it was asked to stop',
    httpStatus: 504,
    isRetryable: true,
  },
  DN_A2A_CANCELLED: {
    template: 'The task {taskId} was cancelled by its caller',
    httpStatus: 499,
    isRetryable: false,
  },
  DN_A2A_CLOSED: {
    template: 'The A2A session with {url} is closed; connect again',
    httpStatus: 502,
    isRetryable: true,
  },
} as const satisfies ErrorTable;

/**
 * What the other side said goes into errors up to here, in characters: errors become events, alerts and records. Above what a
 * health report may say, so that a reader may cut to that.
 */
export const TOLD_LIMITS = { text: 4000, total: 16_000 } as const satisfies CutLimits;

const makeError = createErrors(PROTOCOLS_ERRORS);

/** Makes an error of this package's table; texts in its details are cut to `TOLD_LIMITS`. */
export function protocolsError(
  code: keyof typeof PROTOCOLS_ERRORS,
  details: ErrorDetails = {},
  cause?: unknown,
): DreamnetError {
  return makeError(code, cutValue(details, TOLD_LIMITS), cause);
}
