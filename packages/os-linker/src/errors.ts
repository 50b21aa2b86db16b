import type { ErrorTable } from '@dreamnet/contracts';
import { createErrors } from '@dreamnet/kit';

/** Every error OS Linker raises. The error reference is generated from this table. */
export const LINKER_ERRORS = {
  DN_LINKER_INVALID_DESCRIPTOR: {
    template: 'The process descriptor is not valid: {problems}',
    httpStatus: 400,
    isRetryable: false,
  },
  DN_LINKER_INVALID_BINDING: {
    template: 'The environment binding is not valid: {problems}',
    httpStatus: 400,
    isRetryable: false,
  },
  DN_LINKER_INVALID_LAUNCH_PLAN: {
    template: 'The launch plan of {processId} is not valid: {problems}',
    httpStatus: 400,
    isRetryable: false,
  },
  DN_LINKER_INVALID_CAPABILITY: {
    template: '{value} is not a {what}; expected {expected}',
    httpStatus: 400,
    isRetryable: false,
  },
  DN_LINKER_BINDING_CONFLICT: {
    template:
      'Variable {variable} of {processId} is already bound by {bindingId}; unbind that one first or leave the variable out',
    httpStatus: 409,
    isRetryable: false,
  },
  DN_LINKER_RESTART_REFUSED: {
    template: 'This restart was refused: {why}',
    httpStatus: 409,
    isRetryable: true,
  },
  DN_LINKER_UNKNOWN_BINDING: {
    template: 'There is no binding {bindingId}; list the bindings to see what there is',
    httpStatus: 404,
    isRetryable: false,
  },
  DN_LINKER_UNKNOWN_PROCESS: {
    template:
      'No process {processId} is registered; register it first, or list the processes to see what there is',
    httpStatus: 404,
    isRetryable: false,
  },
  DN_LINKER_PROCESS_IS_RUNNING: {
    template: 'Process {processId} still runs; stop it before it is unregistered',
    httpStatus: 409,
    isRetryable: false,
  },
  DN_LINKER_NOT_LAUNCHABLE: {
    template:
      'Process {processId} was registered without a launch plan; register it again with a runtime and a config',
    httpStatus: 409,
    isRetryable: false,
  },
  DN_LINKER_NOT_RUNNING: {
    template: 'Process {processId} is {status}, so it cannot be called; start it first',
    httpStatus: 503,
    isRetryable: true,
  },
  DN_LINKER_NO_INVOKER: {
    template: 'Process {processId} cannot be called: this linker was created without an invoker',
    httpStatus: 501,
    isRetryable: false,
  },
  DN_LINKER_NO_SCALER: {
    template: 'Process {processId} cannot be scaled: this linker was created without a scaler',
    httpStatus: 501,
    isRetryable: false,
  },
  DN_LINKER_INVALID_SCALE: {
    template: '{processId} cannot have {replicas} processes; expected a whole number, 0 or more',
    httpStatus: 400,
    isRetryable: false,
  },
  DN_LINKER_NOT_OPEN: {
    template: 'The linker is not open; call open() before {operation} and not after close()',
    httpStatus: 503,
    isRetryable: false,
  },
  DN_LINKER_STORE_FAILED: {
    template: 'The store did not take {operation}: {reason}. Nothing was started or stopped because of it',
    httpStatus: 503,
    isRetryable: true,
  },
} as const satisfies ErrorTable;

export const linkerError = createErrors(LINKER_ERRORS);
