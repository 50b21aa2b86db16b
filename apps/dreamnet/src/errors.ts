import type { ErrorTable } from '@dreamnet/contracts';
import { createErrors } from '@dreamnet/kit';

/** Every error the program itself raises. `place` is `file:line:column`. */
export const PROGRAM_ERRORS = {
  DN_CONFIG_NOT_FOUND: {
    template: "{path}: there is no such file; 'dreamnet init' writes one, '-f FILE' names another",
    httpStatus: 400,
    isRetryable: false,
  },
  DN_CONFIG_UNREADABLE: { template: '{path}: cannot be read: {why}', httpStatus: 400, isRetryable: false },
  DN_CONFIG_SYNTAX: { template: '{place}: not valid YAML: {why}', httpStatus: 400, isRetryable: false },
  DN_CONFIG_UNKNOWN_KEY: {
    template: "{place}: unknown key '{key}'{hint}",
    httpStatus: 400,
    isRetryable: false,
  },
  DN_CONFIG_WRONG_TYPE: { template: '{place}: {path}: {why}', httpStatus: 400, isRetryable: false },
  DN_CONFIG_DUPLICATE_NAME: {
    template: "{place}: the name '{name}' is given twice{where}",
    httpStatus: 400,
    isRetryable: false,
  },
  DN_CONFIG_CYCLE: {
    template: '{place}: dependsOn and the order of groups go round in a circle: {cycle}',
    httpStatus: 400,
    isRetryable: false,
  },
  DN_CONFIG_UNKNOWN_DEPENDENCY: {
    template: "{place}: '{name}' depends on '{target}', which is neither an agent nor a subsystem here",
    httpStatus: 400,
    isRetryable: false,
  },
  DN_CONFIG_MISSING_FILE: {
    template: "{place}: '{name}' needs the file {path}, which does not exist",
    httpStatus: 400,
    isRetryable: false,
  },
  DN_CONFIG_MISSING_COMMAND: {
    template: "{place}: '{name}' runs '{command}', which is not on the PATH",
    httpStatus: 400,
    isRetryable: false,
  },
  DN_CONFIG_NOT_SUPPORTED: {
    template: '{place}: {what} is not supported by this version; {instead}',
    httpStatus: 400,
    isRetryable: false,
  },
  DN_CONFIG_INCOMPLETE: { template: "{place}: '{name}': {why}", httpStatus: 400, isRetryable: false },
  DN_IMPORT_UNREADABLE: { template: '{path}: cannot be read: {why}', httpStatus: 400, isRetryable: false },
  DN_IMPORT_UNKNOWN_FORMAT: {
    template: '{path}: is none of the files that can be imported: {kinds}',
    httpStatus: 400,
    isRetryable: false,
  },
  DN_IMPORT_NEEDS_EXECUTE: {
    template:
      '{path}: is a program: only running it tells what it exports; when you trust it, import with --execute',
    httpStatus: 400,
    isRetryable: false,
  },
  DN_IMPORT_FAILED: {
    template: '{path}: told nothing when it was run: {why}',
    httpStatus: 400,
    isRetryable: false,
  },
  DN_ALERTMANAGER_FILE: {
    template:
      "the Alertmanager file {path} cannot be read: {why}; '--alertmanager-config FILE' names another",
    httpStatus: 400,
    isRetryable: false,
  },
  DN_ALERTMANAGER_UNKNOWN_KEY: {
    template: "{place}: unknown key '{key}'{hint}",
    httpStatus: 400,
    isRetryable: false,
  },
  DN_ALERTMANAGER_WRONG_VALUE: { template: '{place}: {path}: {why}', httpStatus: 400, isRetryable: false },
  DN_ALERTMANAGER_NOT_SUPPORTED: {
    template: '{place}: {what} is not supported by this version; {instead}',
    httpStatus: 400,
    isRetryable: false,
  },
  DN_ALERTMANAGER_DUPLICATE: {
    template: "{place}: the {kind} '{name}' is there twice",
    httpStatus: 400,
    isRetryable: false,
  },
  DN_ALERTMANAGER_UNDEFINED: {
    template: "{place}: the {kind} '{name}' is defined nowhere in this file",
    httpStatus: 400,
    isRetryable: false,
  },
  DN_ALERTS_NO_SECRET: {
    template: "the secret '{name}' is not in {where}; set it, then the receiver can be told",
    httpStatus: 409,
    isRetryable: true,
  },
  DN_STATE_FOLDER_UNUSABLE: {
    template: 'the state folder {path} cannot be used: {why}; mend that, or choose another with --state',
    httpStatus: 500,
    isRetryable: false,
  },
  DN_STATE_FOLDER_LOST: {
    template:
      'the state folder {path} {found}, while the daemon has it open: what is ordered could not be kept, so no order is taken. Put the folder back if it was moved away. Otherwise end the daemon by SIGTERM, which ends its agents, and start it again; secrets and orders that were in the folder must be given anew',
    httpStatus: 503,
    isRetryable: false,
  },
  DN_STATE_MARK_UNSURE: {
    template:
      'nothing tells which mark the processes of this state folder have: {file} is {was}, the store has {kept}, and these run (with their mark): {living}. Nothing was started, so that nobody runs twice. End those who should not run; or write the mark of those who go on into the file. Then start again',
    httpStatus: 409,
    isRetryable: false,
  },
  DN_VAULT_PASSPHRASE_UNREADABLE: {
    template: 'the passphrase of the vault cannot be had from {source}: {why}',
    httpStatus: 500,
    isRetryable: true,
  },
  DN_CONFIG_PORT_IN_USE: {
    template: "{place}: port {port} of '{name}' is in use by another program{who}",
    httpStatus: 409,
    isRetryable: false,
  },
  DN_API_PORT_IN_USE: {
    template: "{place}: the daemon's port {port} is in use{who}; choose another with --port or http.port",
    httpStatus: 409,
    isRetryable: false,
  },
  DN_API_UNAUTHORIZED: {
    template:
      'this needs a token: send Authorization: Bearer TOKEN (see the tokens folder of the state directory)',
    httpStatus: 401,
    isRetryable: false,
  },
  DN_API_FORBIDDEN: {
    template: "this needs the role '{needed}'; the token given has '{role}'",
    httpStatus: 403,
    isRetryable: false,
  },
  DN_API_BINDING_OF_FILE: {
    template: 'Binding {id} is made by the fleet file; take it out there',
    httpStatus: 409,
    isRetryable: false,
  },
  DN_API_NOT_FOUND: { template: "there is no {kind} '{name}'", httpStatus: 404, isRetryable: false },
  DN_ALERT_UNKNOWN: {
    template:
      "there is no alert '{id}'; 'dreamnet alerts --all' lists the open ones and the latest that are over",
    httpStatus: 404,
    isRetryable: false,
  },
  DN_API_BAD_INPUT: { template: '{where}: {why}', httpStatus: 400, isRetryable: false },
  DN_API_TOO_LARGE: {
    template: 'the body is larger than {limit} bytes',
    httpStatus: 413,
    isRetryable: false,
  },
  DN_API_BUSY: {
    template: 'large bodies of together {limit} bytes are being read already; send this one again shortly',
    httpStatus: 503,
    isRetryable: true,
  },
  DN_ALERTS_FULL: {
    template:
      '{refused} alerts were not taken: {limit} are held already; send them again when others have ended, or raise alerts.limit',
    httpStatus: 503,
    isRetryable: true,
  },
  DN_API_TOO_MANY_VALUES: {
    template: 'the body holds more than {limit} values, lists or objects; send less at a time',
    httpStatus: 413,
    isRetryable: false,
  },
  DN_API_WRONG_MEDIA_TYPE: {
    template: 'the body is of a type that is not read here; send Content-Type: {expected}',
    httpStatus: 415,
    isRetryable: false,
  },
  DN_REPORT_NOT_JSON: {
    template: 'the report is not JSON: {why}; send one object a line, or a list of them',
    httpStatus: 400,
    isRetryable: false,
  },
  DN_REPORT_INVALID: { template: '{where}: {why}', httpStatus: 400, isRetryable: false },
  DN_REPORT_TOO_LONG: {
    template: 'the report is longer than {limit} bytes; send fewer metrics at a time',
    httpStatus: 413,
    isRetryable: false,
  },
  DN_REPORT_TOO_MANY: {
    template:
      "'{subsystem}' sends more than {limit} reports a second; the ones beyond are dropped. Report less often, or raise ingest.rate.",
    httpStatus: 429,
    isRetryable: true,
  },
  DN_REPORT_UNKNOWN: {
    template: "there is no subsystem '{subsystem}'; name it under agents or subsystems of the fleet file",
    httpStatus: 404,
    isRetryable: false,
  },
  DN_REPORT_FOREIGN: {
    template: "the token of agent '{agent}' reports on '{agent}' only, not on '{subsystem}'",
    httpStatus: 403,
    isRetryable: false,
  },
  DN_INGEST_SOCKET: {
    template: "the socket '{path}' cannot be opened: {why}; reports are taken over HTTP only",
    httpStatus: 500,
    isRetryable: false,
  },
  DN_API_REFUSED: { template: '{why}', httpStatus: 409, isRetryable: false },
  DN_API_ENDING: {
    template:
      "the daemon is ending and takes nothing new; 'dreamnet down' waits for it, and kills what is still there if that was asked before",
    httpStatus: 503,
    isRetryable: true,
  },
  DN_CLI_NO_DAEMON: {
    template: "no daemon answers at {url}{why}; start one with 'dreamnet up'",
    httpStatus: 503,
    isRetryable: true,
  },
  DN_CLI_USAGE: { template: '{why}', httpStatus: 400, isRetryable: false },
  DN_CLI_UNKNOWN_NAME: { template: "there is no {kind} '{name}'{hint}", httpStatus: 404, isRetryable: false },
  DN_CLI_OUTPUT_LOST: {
    template: 'what was printed could not be written: {why}',
    httpStatus: 500,
    isRetryable: true,
  },
  DN_CLI_INTERRUPTED: { template: 'interrupted: {what}', httpStatus: 499, isRetryable: true },
  DN_CLI_TIMEOUT: {
    template: 'not done within {seconds} s: {what}',
    httpStatus: 504,
    isRetryable: true,
  },
  DN_KEEP_NO_PYTHON: {
    template:
      "--keep needs python3, 3.9 or newer, on the PATH; install it, or let systemd keep the daemon: 'dreamnet install'",
    httpStatus: 500,
    isRetryable: false,
  },
  DN_KEEP_FAILED: { template: 'the keeper does not run: {why}', httpStatus: 500, isRetryable: true },
  DN_INSTALL_REFUSED: { template: '{path}: {why}', httpStatus: 409, isRetryable: false },
  DN_AGENT_NOT_RUNNING: {
    template: "'{name}' has no connection now: {because}",
    httpStatus: 503,
    isRetryable: true,
  },
  DN_AGENT_NOT_STARTED: { template: '{message} ({reason})', httpStatus: 409, isRetryable: false },
  DN_AGENT_ENDED_AT_ONCE: {
    template: "'{name}' was started and does not run: {how}; {next}; {said}",
    httpStatus: 409,
    isRetryable: false,
  },
  DN_AGENT_NO_PORT: {
    template: 'no port on 127.0.0.1 can be given to a process: {why}',
    httpStatus: 503,
    isRetryable: true,
  },
  DN_AGENT_NOT_SCALABLE: {
    template: "'{name}' cannot be scaled: {why}",
    httpStatus: 409,
    isRetryable: false,
  },
  DN_AGENT_HELD_FULL: {
    template:
      "'{name}' has no process yet, and {limit} calls wait for its first one already; call again shortly",
    httpStatus: 503,
    isRetryable: true,
  },
  DN_AGENT_NOT_AWAKE: {
    template:
      "the first process of '{name}' did not serve within {seconds} s{ended}; 'dreamnet describe {name}' says why, scale.hold.for allows more",
    httpStatus: 504,
    isRetryable: true,
  },
  DN_AGENT_QUEUE_FULL: {
    template:
      "'{name}' works on as many calls as it may ({works}), and {limit} wait already; call again shortly, or raise maxInFlight, queue.calls or its number of processes",
    httpStatus: 503,
    isRetryable: true,
  },
  DN_AGENT_QUEUE_LATE: {
    template:
      "'{name}' had no room for this call within {seconds} s; 'dreamnet scale {name}' shows what it works on, queue.for allows a longer wait",
    httpStatus: 504,
    isRetryable: true,
  },
  DN_AGENT_BUSY: {
    template: "'{name}' works on {works} calls, as many as it may at once",
    httpStatus: 503,
    isRetryable: true,
  },
  DN_AGENT_CALLER_GONE: {
    template: "whoever called '{name}' went away before a process of it had the call",
    httpStatus: 499,
    isRetryable: true,
  },
  DN_AGENT_CANNOT_ROLL: {
    template:
      "'{name}' cannot be restarted without a gap: {why}. Nothing was done; 'dreamnet restart {name}' restarts it with one",
    httpStatus: 409,
    isRetryable: false,
  },
  DN_AGENT_STOPPED: {
    template: "'{name}' is not restarted: it was stopped by {by}; 'dreamnet start {name}' starts it",
    httpStatus: 409,
    isRetryable: false,
  },
  DN_AGENT_FROZEN: {
    template:
      "'{name}' is not started: who could spend was ended by {by}{reason}; 'dreamnet thaw{what}' brings it back",
    httpStatus: 409,
    isRetryable: true,
  },
  DN_AGENT_ROLLING: {
    template:
      "a rolling restart of '{name}' is under way ({replica}: {phase}); wait for its end, or stop the agent to give it up",
    httpStatus: 409,
    isRetryable: true,
  },
  DN_AGENT_ALLOTMENT_REFUSED: {
    template:
      "'{agent}' is not given {bytes} bytes of memory: more than one step above what it has, or than the machine allows. Raise resources.memory in the fleet file.",
    httpStatus: 409,
    isRetryable: false,
  },
  DN_AGENT_NO_TOOL: {
    template: "'{name}' announces '{capability}' but offers no tool of that name; it offers: {tools}",
    httpStatus: 502,
    isRetryable: false,
  },
  DN_AGENT_TOOL_FAILED: {
    template: "the tool '{tool}' of '{name}' failed: {why}",
    httpStatus: 502,
    isRetryable: false,
  },
  DN_AGENT_TASK_NOT_DONE: {
    template: "'{name}' ended the task as {state}: {why}",
    httpStatus: 502,
    isRetryable: false,
  },
  DN_AGENT_CANNOT_BE_CALLED: {
    template: "'{name}' speaks the protocol '{protocol}', which has no calls",
    httpStatus: 409,
    isRetryable: false,
  },
} as const satisfies ErrorTable;

/** Makes one of the program's errors. */
export const programError = createErrors(PROGRAM_ERRORS);
