import type { ErrorTable } from '@dreamnet/contracts';
import { createErrors } from '@dreamnet/kit';

/** Every error of the stores, the state lock and the notifiers. */
export const ADAPTERS_ERRORS = {
  DN_STORE_FOREIGN: {
    template:
      "'{path}' is not a DreamNet database ({found}); nothing was changed. Choose another state directory or move the file away.",
    httpStatus: 500,
    isRetryable: false,
  },
  DN_STORE_NEWER: {
    template:
      "'{path}' was written by a newer DreamNet (schema {found}, this one knows {known}). Upgrade DreamNet or choose another state directory.",
    httpStatus: 500,
    isRetryable: false,
  },
  DN_STORE_CORRUPT: {
    template:
      "'{path}' is damaged: {message}. Stop the daemon, keep a copy of the file, and restore a backup or start with an empty state directory.",
    httpStatus: 500,
    isRetryable: false,
  },
  DN_STORE_OPEN: {
    template:
      "Cannot open the database '{path}': {message}. Check that its folder exists and may be written to.",
    httpStatus: 500,
    isRetryable: false,
  },
  DN_STORE_DRIVER: {
    template:
      'No SQLite on this Node.js ({version}): {message}. Use Node.js 22.13 or newer, or reinstall with the package @photostructure/sqlite.',
    httpStatus: 500,
    isRetryable: false,
  },
  DN_STORE_FULL: {
    template:
      "No space left for '{path}': the write was refused and nothing of it is kept. Free some space; the write may then be tried again.",
    httpStatus: 507,
    isRetryable: true,
  },
  DN_STORE_BUSY: {
    template:
      "'{path}' is locked by another program for more than {timeoutMs} ms. End the program that writes to it; the write may be tried again.",
    httpStatus: 503,
    isRetryable: true,
  },
  DN_STORE_READONLY: {
    template:
      "'{path}' may not be written to: {message}. Check the owner and mode of the file and of its folder.",
    httpStatus: 500,
    isRetryable: false,
  },
  DN_STORE_IO: {
    template: "Reading or writing '{path}' failed: {message}. Check the disk; the write may be tried again.",
    httpStatus: 503,
    isRetryable: true,
  },
  DN_STORE_UNSYNCED: {
    template:
      "'{path}' could not be brought to disk ({message}): nothing is written to it any more. {advice}.",
    httpStatus: 503,
    isRetryable: false,
  },
  DN_STORE_REPLACED: {
    template:
      "'{path}' {found}, while a program has it open: what is written would be lost with that program, so nothing is taken. Put the file back if it was moved away; otherwise end the program and start it again.",
    httpStatus: 503,
    isRetryable: false,
  },
  DN_STORE_LOG_KEPT: {
    template:
      "'{log}' holds what was acknowledged before a disk failed, and cannot be taken into '{path}' now: {why}. End every program that has the database open and start again. If the database is a restored backup, move that log away; if it is not, rename the log to '{name}' to take it in all the same.",
    httpStatus: 500,
    isRetryable: false,
  },
  DN_STORE_FAILED: {
    template: "The database '{path}' refused the operation: {message}.",
    httpStatus: 500,
    isRetryable: false,
  },
  DN_STORE_CLOSED: {
    template: 'The store is closed; open it again before {operation}.',
    httpStatus: 503,
    isRetryable: false,
  },
  DN_STORE_NAME: {
    template: "The {what} '{name}' cannot be stored: {message}.",
    httpStatus: 400,
    isRetryable: false,
  },
  DN_STORE_VALUE: {
    template: "The value for '{name}' cannot be stored: {message}.",
    httpStatus: 400,
    isRetryable: false,
  },
  DN_STORE_LIMIT: {
    template: '{what} is {value}; allowed are {lowest} to {highest}.',
    httpStatus: 400,
    isRetryable: false,
  },
  DN_REPORT_LOG_FULL: {
    template:
      "No space left for the report log '{directory}': nothing is acknowledged until there is. Free some space; the report may be sent again.",
    httpStatus: 507,
    isRetryable: true,
  },
  DN_REPORT_LOG_BUSY: {
    template:
      "The report log '{directory}' has {limit} bytes waiting for the disk; this report was not kept. Send it again later, or report less often.",
    httpStatus: 503,
    isRetryable: true,
  },
  DN_REPORT_LOG_IO: {
    template:
      "Writing or reading the report log '{directory}' failed: {message}. Check the disk and who may write there; the report may be sent again.",
    httpStatus: 503,
    isRetryable: true,
  },
  DN_REPORT_LOG_CLOSED: {
    template: "The report log '{directory}' is closed: the daemon is ending.",
    httpStatus: 503,
    isRetryable: true,
  },
  DN_STATE_LOCKED: {
    template:
      "The state directory '{directory}' is in use by process {pid}. Stop that daemon ('dreamnet down') or choose another one with --state.",
    httpStatus: 409,
    isRetryable: false,
  },
  DN_STATE_UNUSABLE: {
    template:
      "The state directory '{directory}' cannot be locked: {message}. Check that it may be written to.",
    httpStatus: 500,
    isRetryable: false,
  },
  DN_NOTIFY_CONFIG: {
    template: "The receiver '{receiver}' is not usable: {message}.",
    httpStatus: 400,
    isRetryable: false,
  },
  DN_NOTIFY_TIMEOUT: {
    template:
      "The receiver '{receiver}' at {origin} did not answer within {timeoutMs} ms; trying again may help.",
    httpStatus: 504,
    isRetryable: true,
  },
  DN_NOTIFY_UNREACHABLE: {
    template: "The receiver '{receiver}' at {origin} cannot be reached: {message}; trying again may help.",
    httpStatus: 502,
    isRetryable: true,
  },
  DN_NOTIFY_UNAVAILABLE: {
    template: "The receiver '{receiver}' at {origin} answered {status}: {answer}; trying again may help.",
    httpStatus: 502,
    isRetryable: true,
  },
  DN_NOTIFY_REFUSED: {
    template:
      "The receiver '{receiver}' at {origin} refused the notification with {status}: {answer}. Check its address and credentials.",
    httpStatus: 502,
    isRetryable: false,
  },
} as const satisfies ErrorTable;

export const adaptersError = createErrors(ADAPTERS_ERRORS);
