import type { Clock, HealthReport } from '@dreamnet/contracts';
import type { AgentStatus, ToolCall } from './agent-types.js';
import { createInFlight } from './in-flight.js';
import {
  fitDeadline,
  fitDetails,
  fitMetric,
  fitStatus,
  fitToolName,
  type OnMisfit,
} from './report-limits.js';
import { createUntold } from './untold.js';

/** The daemon takes so many characters of details. */
const LONGEST_DETAILS = 2000;
/** Such as the colours of an error: the daemon refuses a whole report for one of them. */
const CONTROL = /(?![\n\t])\p{Cc}/gu;

interface Said {
  status: AgentStatus;
  details: string | undefined;
  isReady: boolean;
  whyNotReady: string | undefined;
}

/** What an agent is doing, from which its heartbeats and its `/ping` are made. No timer, no network. */
export interface Work {
  /** Epoch ms at which something last moved. */
  readonly lastMovedAt: number;
  /** Calls being worked on, or tools that run without one. */
  readonly inFlight: number;
  /** The daemon was told of work in flight, and there is none any more: whoever is to end it waits for that. */
  readonly isIdleUntold: boolean;
  readonly isReady: boolean;
  /** Why it is not ready, or how it is. */
  readonly details: string | undefined;
  move(): void;
  begin(): void;
  end(): void;
  /** @param details Text, or an error of which the message is told. */
  say(status: AgentStatus, details: unknown): void;
  setReady(isReady: boolean, details: unknown): void;
  setMetric(name: string, value: number): void;
  /** Notes a tool call; the returned function ends it. */
  openTool(call: ToolCall): () => void;
  /** Resolves when no call and no tool is in flight; at once when none is. */
  whenIdle(): Promise<void>;
  /** The next report. What it takes along is given back by `failed`. */
  report(subsystem: string): HealthReport;
  /** The report did not arrive: its calls and metrics go with the next one. */
  failed(report: HealthReport): void;
  /** The daemon refused what the report tells: it is not told again, and the next report tells only that the agent lives. */
  refused(): void;
}

/**
 * Begins to keep account of an agent's work.
 *
 * @param onIdle Called when `isIdleUntold` has become true; must return at once.
 * @param onMisfit Called with what the daemon would refuse, each time it is said.
 */
export function createWork(
  clock: Pick<Clock, 'now'>,
  onIdle: () => void = () => undefined,
  onMisfit: OnMisfit = () => undefined,
): Work {
  const flight = createInFlight(clock, onIdle);
  const untold = createUntold(onMisfit);
  const said: Said = { status: 'ok', details: undefined, isReady: true, whyNotReady: undefined };
  let [seq, isPlain] = [0, false];
  const work: Work = {
    get lastMovedAt() {
      return flight.lastMovedAt;
    },
    get inFlight() {
      return flight.count;
    },
    get isIdleUntold() {
      return flight.isIdleUntold;
    },
    get isReady() {
      return said.isReady;
    },
    get details() {
      return said.isReady ? said.details : (said.whyNotReady ?? 'it is not ready');
    },
    move: flight.move,
    begin: flight.begin,
    end: flight.end,
    say: (status, details) => {
      Object.assign(said, { status: fitStatus(status, onMisfit), details: fitDetails(details) });
    },
    setReady: (isReady, why) => void Object.assign(said, { isReady, whyNotReady: fitDetails(why) }),
    setMetric: (name, value) => {
      const metric = fitMetric(name, value, onMisfit);
      if (metric) untold.setMetric(...metric);
    },
    openTool: (call) => {
      const tool = fitTool(call, onMisfit);
      untold.addCall(tool.name, call.args);
      return flight.open({ ...tool, startedAt: clock.now() });
    },
    whenIdle: flight.whenNone,
    report: (subsystem) => {
      seq += 1;
      flight.noteTold();
      const { status, ...reason } = tell(said.status, work);
      const life = { at: clock.now(), seq, inFlight: flight.count, progress: flight.moved };
      const told = isPlain ? {} : { ...reason, ...flight.longest(), ...untold.take() };
      isPlain = false;
      return { subsystem, status, ...life, ...told };
    },
    failed: untold.giveBack,
    refused: () => {
      isPlain = true;
    },
  };
  return work;
}

function fitTool(call: ToolCall, onMisfit: OnMisfit): Pick<ToolCall, 'name' | 'deadlineMs'> {
  const name = fitToolName(call.name, onMisfit);
  const deadlineMs = fitDeadline(call.deadlineMs, onMisfit);
  return { name, ...(deadlineMs !== undefined && { deadlineMs }) };
}

/** An agent that is not ready said so itself: that is no fault, and no good state either. */
function tell(status: AgentStatus, { isReady, details }: Work): Pick<HealthReport, 'status' | 'details'> {
  return {
    status: isReady || status === 'error' ? status : 'warn',
    ...(details !== undefined && { details: details.slice(0, LONGEST_DETAILS).replace(CONTROL, ' ') }),
  };
}
