import type { ErrorTable } from '@dreamnet/contracts';
import { createErrors } from '@dreamnet/kit';

/** Every error of the runtimes. The error reference is generated from this table. */
export const RUNTIMES_ERRORS = {
  DN_RUNTIMES_UNKNOWN_KIND: {
    template: 'There is no runtime {kind}; known are {known}',
    httpStatus: 400,
    isRetryable: false,
  },
  DN_RUNTIMES_DUPLICATE_KIND: {
    template: 'Two runtimes are called {kind}; every kind is registered once',
    httpStatus: 500,
    isRetryable: false,
  },
  DN_RUNTIMES_INVALID_CONFIG: {
    template: 'The {kind} configuration of {processId} is not valid: {problems}',
    httpStatus: 400,
    isRetryable: false,
  },
  DN_RUNTIMES_DIRECTORY_MISSING: {
    template: 'The working directory {cwd} of {processId} is not a directory; create it or change cwd',
    httpStatus: 400,
    isRetryable: false,
  },
  DN_RUNTIMES_PROGRAM_NOT_FOUND: {
    template: 'The program {program} of {processId} is not there or not executable; looked in {searched}',
    httpStatus: 400,
    isRetryable: false,
  },
  DN_RUNTIMES_VERSION_NOT_FOUND: {
    template: '{processId} asks for {wanted}; installed: {installed}',
    httpStatus: 400,
    isRetryable: false,
  },
  DN_RUNTIMES_SCRIPT_IN_SANDBOX: {
    template:
      '{program}, which {processId} would run on, is a script that leads to a program its sandbox does not show; name that one with interpreter',
    httpStatus: 400,
    isRetryable: false,
  },
  DN_RUNTIMES_ALREADY_RUNNING: {
    template: '{processId} runs already ({phase}); stop it before it is launched again',
    httpStatus: 409,
    isRetryable: false,
  },
  DN_RUNTIMES_FOREIGN_HANDLE: {
    template: 'The handle of {processId} belongs to runtime {runtime}, not to {kind}',
    httpStatus: 500,
    isRetryable: false,
  },
  DN_RUNTIMES_CANCELLED: {
    template: 'The launch of {processId} was cancelled before it began',
    httpStatus: 503,
    isRetryable: true,
  },
} as const satisfies ErrorTable;

export const runtimesError = createErrors(RUNTIMES_ERRORS);
