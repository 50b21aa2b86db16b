import type { Clock, HealthReport } from '@dreamnet/contracts';

/** How long the daemon lets a tool call run that names no deadline. */
const DEFAULT_DEADLINE_MS = 600_000;

/** A tool call as reports tell it. */
export type OpenTool = NonNullable<HealthReport['openToolCall']>;

/** What is being worked on, and whether it moves. */
export interface InFlight {
  /** Calls, or tools that run without one: a tool is mostly run within a call, the two are the same work. */
  readonly count: number;
  /** How often something moved. */
  readonly moved: number;
  /** Epoch ms. */
  readonly lastMovedAt: number;
  /** The daemon was told of work, and there is none any more. */
  readonly isIdleUntold: boolean;
  move(): void;
  begin(): void;
  end(): void;
  /** @returns What ends it; idempotent. */
  open(tool: OpenTool): () => void;
  /** The open tool that may go on for longest: as long as it is open the agent is not hanging. */
  longest(): { openToolCall?: OpenTool };
  /** What there is now is what the daemon knows. */
  noteTold(): void;
  /** Resolves when nothing is in flight; at once when nothing is. */
  whenNone(): Promise<void>;
}

/** Nothing is in flight yet. @param onIdle Called when `isIdleUntold` has become true. */
export function createInFlight(clock: Pick<Clock, 'now'>, onIdle: () => void): InFlight {
  const tools = new Set<OpenTool>();
  const waiting: (() => void)[] = [];
  let [calls, moved, lastMovedAt, isToldBusy] = [0, 0, clock.now(), false];
  const move = () => {
    moved += 1;
    lastMovedAt = clock.now();
  };
  const count = () => Math.max(calls, tools.size);
  const isIdleUntold = () => isToldBusy && count() === 0;
  const ended = () => {
    move();
    if (isIdleUntold()) onIdle();
    if (count() === 0) for (const resolve of waiting.splice(0)) resolve();
  };
  return {
    get count() {
      return count();
    },
    get moved() {
      return moved;
    },
    get lastMovedAt() {
      return lastMovedAt;
    },
    get isIdleUntold() {
      return isIdleUntold();
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
    open: (tool) => {
      tools.add(tool);
      move();
      return () => {
        if (tools.delete(tool)) ended();
      };
    },
    longest: () => longest(tools),
    noteTold: () => {
      isToldBusy = count() > 0;
    },
    whenNone: () =>
      new Promise((resolve) => {
        if (count() === 0) resolve();
        else waiting.push(resolve);
      }),
  };
}

function longest(tools: ReadonlySet<OpenTool>): { openToolCall?: OpenTool } {
  const endOf = ({ startedAt, deadlineMs = DEFAULT_DEADLINE_MS }: OpenTool) => startedAt + deadlineMs;
  const [openToolCall] = [...tools].sort((a, b) => endOf(b) - endOf(a));
  return openToolCall ? { openToolCall } : {};
}
