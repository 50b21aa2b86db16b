import type { ErrorTable } from '@dreamnet/contracts';
import { createErrors } from '@dreamnet/kit';

/** Every error this package raises. Expected outcomes are values; these are mistakes of the caller or of the disk. */
export const CORE_ERRORS = {
  DN_CORE_CONTEXT_INVALID: {
    template:
      "The context given is not a record of subsystems: '{name}' is {found}. Pass { name: object }, one entry per subsystem.",
    httpStatus: 400,
    isRetryable: false,
  },
  DN_CORE_ARGUMENT: {
    template: '{place} is {found}; expected {expected}. Nothing was done.',
    httpStatus: 400,
    isRetryable: false,
  },
  DN_CORE_SUBSYSTEM_NAME: {
    template:
      "The subsystem name '{name}' is not usable. Give 1 to 200 characters without control characters.",
    httpStatus: 400,
    isRetryable: false,
  },
  DN_CORE_MANIFEST_INVALID: {
    template:
      "The manifest of '{name}' declares '{place}' as {found}; expected {expected}. The subsystem was not taken.",
    httpStatus: 400,
    isRetryable: false,
  },
  DN_CORE_REPORT_INVALID: {
    template: "The report's '{field}' is {found}; expected {expected}. The report was not taken.",
    httpStatus: 400,
    isRetryable: false,
  },
  DN_CORE_SILENCE_INVALID: {
    template:
      'The silence was refused: {problem}. A silence names at least one label and ends after it starts.',
    httpStatus: 400,
    isRetryable: false,
  },
  DN_CORE_SERIES_DAMAGED: {
    template:
      "Part of the history is damaged in the store: record '{key}'. It is left out of answers; everything else is read as before.",
    httpStatus: 500,
    isRetryable: false,
  },
  DN_CORE_SERIES_UNKNOWN: {
    template:
      "There is no series '{metric}' of '{subject}' ({kind}) in the history. List what there is with 'dreamnet history {subject}' or GET /api/series?subject={subject}.",
    httpStatus: 404,
    isRetryable: false,
  },
  DN_CORE_SERIES_RANGE: {
    template: 'The range asked for is not usable: {problem}.',
    httpStatus: 400,
    isRetryable: false,
  },
  DN_CORE_SILENCE_UNKNOWN: {
    template: "There is no silence '{id}'. Leave the id out to make one, or list the silences to find it.",
    httpStatus: 404,
    isRetryable: false,
  },
  DN_CORE_MATCHER_INVALID: {
    template:
      'The matcher {matcher} was refused: {problem}. Write it like severity="critical" or zone=~"eu-.*".',
    httpStatus: 400,
    isRetryable: false,
  },
  DN_CORE_SCHEMA_PATTERN: {
    template:
      "The pattern '{pattern}' of a JSON schema cannot be used: {problem}. Write it in RE2's syntax, which has neither looking around nor back-references.",
    httpStatus: 400,
    isRetryable: false,
  },
  DN_CORE_DELIVERY_CONFIG_INVALID: {
    template: 'The alert delivery was not configured: {problem}. The configuration before it stays in force.',
    httpStatus: 400,
    isRetryable: false,
  },
  DN_CORE_NOTIFICATION_TIMEOUT: {
    template:
      '{notifier} gave no answer within {leftMs} ms. Its group is told of again at its next interval.',
    httpStatus: 504,
    isRetryable: false,
  },
  DN_CORE_NOTIFICATION_RATE: {
    template:
      '{notifier} may be told {perMinute} times a minute, and this notification would have missed its time. Its group is told of again at its next interval.',
    httpStatus: 429,
    isRetryable: false,
  },
  DN_CORE_NOT_KEPT: {
    template:
      "'{what}' was not done: the store takes no writes, so it would be forgotten ({problem}). Free space or mend the store, then do it again.",
    httpStatus: 503,
    isRetryable: true,
  },
  DN_CORE_KEPT_LATER: {
    template:
      "'{what}' holds, but the store has just refused to keep it ({problem}): it is stored as soon as the store takes writes again, and forgotten if the program is killed before. Free space or mend the store.",
    httpStatus: 503,
    isRetryable: false,
  },
  DN_CORE_ALERT_EXTERNAL: {
    template:
      "The alert '{id}' was posted by another program and is about nothing that is watched here. Silence it, or end it where it comes from.",
    httpStatus: 409,
    isRetryable: false,
  },
  DN_CORE_RECEIVER_UNKNOWN: {
    template: "There is no receiver '{name}'. There are: {known}.",
    httpStatus: 404,
    isRetryable: false,
  },
  DN_CORE_STORED_STATE: {
    template:
      "The stored {what} '{key}' cannot be read: {problem}. It was left in the store and is not used.",
    httpStatus: 500,
    isRetryable: false,
  },
} as const satisfies ErrorTable;

/** Makes a DreamnetError of one of this package's codes. */
export const coreError = createErrors(CORE_ERRORS);
