import type { Clock, HealthReport } from '@dreamnet/contracts';
import type { AgentStatus, ToolCall } from './agent-types.js';
import { createUntold } from './untold.js';

/** The daemon takes so many characters of details. */
const LONGEST_DETAILS = 2000;
/** How long the daemon lets a tool call run that names no deadline. */
const DEFAULT_DEADLINE_MS = 600_000;

type OpenTool = NonNullable<HealthReport['openToolCall']>;

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
  say(status: AgentStatus, details: string | undefined): void;
  setReady(isReady: boolean, details: string | undefined): void;
  setMetric(name: string, value: number): void;
  /** Notes a tool call; the returned function ends it. */
  openTool(call: ToolCall): () => void;
  /** The next report. What it takes along is given back by `failed`. */
  report(subsystem: string): HealthReport;
  /** The report did not arrive: its calls and metrics go with the next one. */
  failed(report: HealthReport): void;
}

/** Begins to keep account of an agent's work. @param onIdle Called when `isIdleUntold` has become true; must return at once. */
export function createWork(clock: Pick<Clock, 'now'>, onIdle: () => void = () => undefined): Work {
  const tools = new Set<OpenTool>();
  const untold = createUntold();
  const said: Said = { status: 'ok', details: undefined, isReady: true, whyNotReady: undefined };
  let [calls, moved, seq] = [0, 0, 0];
  let lastMovedAt = clock.now();
  let isToldBusy = false;
  const move = () => {
    moved += 1;
    lastMovedAt = clock.now();
  };
  const ended = () => {
    move();
    if (work.isIdleUntold) onIdle();
  };
  const work: Work = {
    get isIdleUntold() {
      return isToldBusy && work.inFlight === 0;
    },
    get lastMovedAt() {
      return lastMovedAt;
    },
    // A tool is mostly run within a call: the two are the same work.
    get inFlight() {
      return Math.max(calls, tools.size);
    },
    get isReady() {
      return said.isReady;
    },
    get details() {
      return said.isReady ? said.details : (said.whyNotReady ?? 'it is not ready');
    },
    move,
    begin: () => {
      calls += 1;
      move();
    },
    end: () => {
      calls -= 1;
      ended();
    },
    say: (status, details) => void Object.assign(said, { status, details }),
    setReady: (isReady, whyNotReady) => void Object.assign(said, { isReady, whyNotReady }),
    setMetric: untold.setMetric,
    openTool: ({ name, args, deadlineMs }) => {
      const tool = { name, startedAt: clock.now(), ...(deadlineMs !== undefined && { deadlineMs }) };
      tools.add(tool);
      untold.addCall(name, args);
      move();
      return () => {
        if (tools.delete(tool)) ended();
      };
    },
    report: (subsystem) => {
      seq += 1;
      isToldBusy = work.inFlight > 0;
      return {
        subsystem,
        ...tell(said.status, work),
        at: clock.now(),
        seq,
        inFlight: work.inFlight,
        progress: moved,
        ...longest(tools),
        ...untold.take(),
      };
    },
    failed: untold.giveBack,
  };
  return work;
}

/** An agent that is not ready said so itself: that is no fault, and no good state either. */
function tell(status: AgentStatus, { isReady, details }: Work): Pick<HealthReport, 'status' | 'details'> {
  return {
    status: isReady || status === 'error' ? status : 'warn',
    ...(details !== undefined && { details: details.slice(0, LONGEST_DETAILS) }),
  };
}

/** The one that may go on for longest: as long as it is open the agent is not hanging. */
function longest(tools: ReadonlySet<OpenTool>): { openToolCall?: OpenTool } {
  const endOf = ({ startedAt, deadlineMs = DEFAULT_DEADLINE_MS }: OpenTool) => startedAt + deadlineMs;
  const [openToolCall] = [...tools].sort((a, b) => endOf(b) - endOf(a));
  return openToolCall ? { openToolCall } : {};
}
