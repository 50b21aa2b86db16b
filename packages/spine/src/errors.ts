import type { ErrorTable } from '@dreamnet/contracts';
import { createErrors } from '@dreamnet/kit';

/** Every code this package raises, or names in a `CallOutcome`. */
export const SPINE_ERRORS = {
  DN_SPINE_BAD_PATTERN: {
    template:
      "'{pattern}' is not a subject pattern: {reason}; an example is 'alert.*.researcher' or 'alert.>'",
    httpStatus: 400,
    isRetryable: false,
  },
  DN_SPINE_NO_STORE: {
    template: 'This event bus keeps no journal, so nothing can be replayed; give it a store',
    httpStatus: 501,
    isRetryable: false,
  },
  DN_SPINE_NO_ROUTE: {
    template: "Nobody serves '{capability}' now{why}",
    httpStatus: 503,
    isRetryable: true,
  },
  DN_SPINE_CALL_TIMEOUT: {
    template: "No answer from '{provider}' for '{capability}' within {timeoutMs} ms",
    httpStatus: 504,
    isRetryable: true,
  },
  DN_SPINE_CALL_OVERTAKEN: {
    template: "'{by}' answered '{capability}' before '{provider}' did, which was cancelled",
    httpStatus: 499,
    isRetryable: true,
  },
  DN_SPINE_CALL_CANCELLED: {
    template: "The call of '{capability}' was cancelled by its caller",
    httpStatus: 499,
    isRetryable: false,
  },
} as const satisfies ErrorTable;

/** Makes an error of this package's table. */
export const spineError = createErrors(SPINE_ERRORS);
