import type { ErrorTable } from '@dreamnet/contracts';
import { createErrors } from '@dreamnet/kit';

/** Every error the supervisor raises. */
export const SUPERVISOR_ERRORS = {
  DN_SUPERVISOR_ALREADY_RUNS: {
    template: "Process '{id}' runs already (phase {phase}). Stop it first, or restart it.",
    httpStatus: 409,
    isRetryable: false,
  },
  DN_SUPERVISOR_UNKNOWN_PROCESS: {
    template: "No process '{id}' is supervised here. Launch it first; known: {known}.",
    httpStatus: 404,
    isRetryable: false,
  },
  DN_SUPERVISOR_SPEC_INVALID: {
    template: "The specification of process '{id}' cannot be used: {problem}.",
    httpStatus: 400,
    isRetryable: false,
  },
  DN_SUPERVISOR_SPAWN_FAILED: {
    template: "Process '{id}' could not be started: {problem}.",
    httpStatus: 500,
    isRetryable: true,
  },
  DN_SUPERVISOR_ISOLATION_MISSING: {
    template:
      "Process '{id}' was not started: its isolation '{level}' cannot be had here ({problem}). Install or allow what is missing, or leave 'required' out.",
    httpStatus: 409,
    isRetryable: false,
  },
  DN_SUPERVISOR_PATH_REFUSED: {
    template: 'No sandbox is given {path}: {problem}.',
    httpStatus: 409,
    isRetryable: false,
  },
  DN_SUPERVISOR_START_CANCELLED: {
    template: "The start of process '{id}' was cancelled by a stop before it began.",
    httpStatus: 409,
    isRetryable: true,
  },
  DN_SUPERVISOR_TREE_SURVIVES: {
    template:
      "Processes of '{id}' are still there {waitedMs} ms after SIGKILL: {pids}. They hang in the kernel, or belong to another user; look at /proc/PID/status.",
    httpStatus: 500,
    isRetryable: true,
  },
  DN_SUPERVISOR_SHUTTING_DOWN: {
    template: "Process '{id}' was not started: the supervisor is shutting down.",
    httpStatus: 503,
    isRetryable: true,
  },
  DN_SUPERVISOR_PROC_UNREADABLE: {
    template:
      'The kernel does not tell about processes here ({path}: {problem}). The supervisor needs Linux with /proc mounted.',
    httpStatus: 500,
    isRetryable: false,
  },
  DN_SUPERVISOR_SCENARIO_INVALID: {
    template: 'Line {line} is not a supervision scenario: {problem}.',
    httpStatus: 400,
    isRetryable: false,
  },
} as const satisfies ErrorTable;

/** Makes an error of this package from its code. */
export const supervisorError = createErrors(SUPERVISOR_ERRORS);
