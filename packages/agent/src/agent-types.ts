/** What is known of one call while it is worked on. */
export interface CallContext {
  /** The capability that was called. */
  readonly capability: string;
  /** The caller's session, when it named one (`X-Amzn-Bedrock-AgentCore-Runtime-Session-Id`). */
  readonly sessionId: string | undefined;
  /** Aborted when the caller went away before it had its answer, or when the agent stops and its deadline has passed meanwhile. */
  readonly signal: AbortSignal;
}

/**
 * Does the work of a capability: JSON in, one JSON value out, or undefined for none. What it throws is answered as a 500 and
 * logged; so is a generator, a stream and whatever else is not JSON, with the code `DN_AGENT_ANSWER_NOT_JSON`.
 */
export type CallHandler = (input: unknown, context: CallContext) => unknown;

/** How an agent says that it is. */
export type AgentStatus = 'ok' | 'warn' | 'error';

/** Further fields of a log line; they must be JSON. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Writes one line of JSON: `time`, `level`, `msg`, `agent`, and the given fields. Never throws. */
export type WriteLog = (message: string, fields?: LogFields) => void;

/** A log whose lines the daemon reads by level and time. */
export interface AgentLog {
  debug: WriteLog;
  info: WriteLog;
  warn: WriteLog;
  error: WriteLog;
}

/** A tool as it is called. */
export interface ToolCall {
  readonly name: string;
  /** What it is called with; told as a digest only. */
  readonly args?: unknown;
  /** How long it may take before it counts as hanging, ms. Default 10 minutes. */
  readonly deadlineMs?: number;
}

/** Amounts of what budgets count; each may be left out. */
export interface SpendingAmounts {
  readonly tokens?: number;
  /** With its currency: `0.02 USD`. */
  readonly money?: string;
  readonly calls?: number;
  /** ms. */
  readonly wallTime?: number;
}

/** What is about to be spent. */
export interface SpendingEstimate extends SpendingAmounts {
  /** What it is spent for, where a budget is about a capability. */
  readonly capability?: string;
  /** ms after which it counts as spent in full when nobody told what was. Default 10 minutes. */
  readonly holdFor?: number;
}

/** The permission to spend. Settle it, or all of it counts as spent. */
export interface Reservation {
  /** Undefined without a daemon: then nobody counts. */
  readonly id: string | undefined;
  /** Aborted within a second when spending is frozen: hand it to the call of the model. */
  readonly signal: AbortSignal;
  /** Tells what was spent; what is left out counts as reserved. Never throws; once is enough. */
  settle(used?: SpendingAmounts): Promise<void>;
  /** Nothing was spent. */
  release(): Promise<void>;
}

/** What became of the reports to the daemon so far. */
export interface ReportCounts {
  readonly sent: number;
  readonly failed: number;
  /** Why the last one failed; undefined while the last one arrived. */
  readonly lastError: string | undefined;
}

/** Every setting may be left out. */
export interface AgentOptions {
  /** Default `DREAMNET_AGENT`, else `agent`. */
  name?: string;
  /** Port of the capabilities. Default `PORT`, else 8080, as AgentCore's contract says; 0 takes a free one. */
  port?: number;
  /** Default `HOST`, else 127.0.0.1. In a container that is called from outside: 0.0.0.0. */
  host?: string;
  /** Between two heartbeats, ms. Default 5000. */
  heartbeatMs?: number;
  /** How long calls in flight may go on after SIGTERM, ms. Default 4000, a second less than the daemon's own deadline. */
  stopMs?: number;
  /** Where log lines go. Default standard output; an agent that speaks a protocol there takes `process.stderr`. */
  logTo?: NodeJS.WritableStream;
}

/** An agent as its author holds it. Nothing of it throws because a daemon is not there. */
export interface Agent {
  readonly name: string;
  readonly log: AgentLog;
  /** What became of its reports. */
  readonly reports: ReportCounts;
  /** The port it listens on; undefined before `start` and when nothing is served. */
  readonly port: number | undefined;
  /** Serves a capability. Call it before `start`; a second handler of the same name takes the place of the first. */
  serve(capability: string, handler: CallHandler): void;
  /**
   * Waits for its turn when it is a spare, then listens, sends heartbeats, and stops on SIGTERM and SIGINT.
   *
   * @throws Node's own error when the port is taken.
   */
  start(): Promise<void>;
  /** Says that work moved: call it at each step of something long. */
  progress(): void;
  /** Says how it is; `details`, of an error its message, is shown as the reason. Told to the daemon within a second. */
  status(status: AgentStatus, details?: string | Error): void;
  /** Takes calls or refuses them with 503. An agent is ready from `start` on unless it said otherwise. */
  ready(isReady: boolean, details?: string | Error): void;
  /** A number that is kept as the agent's history. The last value of each name goes with the next heartbeat. */
  metric(name: string, value: number): void;
  /**
   * Runs a tool, and tells that it runs: an agent that waits for one is not taken for hanging, one that runs the same
   * with the same arguments again and again is found to be looping. Arguments are told as a digest only.
   */
  tool<T>(call: ToolCall, run: () => T | Promise<T>): Promise<T>;
  /**
   * Asks before tokens or money are spent. Without a daemon it is granted and not counted; a daemon that does not answer
   * refuses.
   *
   * @throws SpendingRefused with the daemon's reason: do not spend.
   */
  reserve(estimate: SpendingEstimate): Promise<Reservation>;
  /** Is called once when the agent stops, after its calls have ended. */
  onStop(clean: () => unknown): void;
  /** Refuses new calls, waits for those in flight, cleans up. Idempotent; does not end the process. */
  stop(): Promise<void>;
}
