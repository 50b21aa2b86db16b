import { askDaemon } from './ask-daemon.js';
import type { Destination } from './destination.js';
import { SpendingRefused } from './spending-refused.js';

/** The daemon answers after 25 seconds when there is nothing to say. */
const TIMEOUT_MS = 40_000;
const RETRY_MS = 1000;

/** One thing that is being spent. */
export interface Watched {
  readonly signal: AbortSignal;
  close(): void;
}

/** Tells whoever spends of a freeze. */
export interface FreezeWatch {
  /** Something is being spent from now until `close`. */
  open(): Watched;
}

/** Hears of a freeze while something is being spent: one question is open to the daemon, however many there are. */
export function createFreezeWatch(to: Destination): FreezeWatch {
  const open = new Set<AbortController>();
  let isAsking = false;
  let leaving = new AbortController();
  const ask = async () => {
    isAsking = true;
    while (open.size > 0) {
      leaving = new AbortController();
      const question = { method: 'GET', path: '/api/freeze/wait', timeoutMs: TIMEOUT_MS } as const;
      const { status, body } = await askDaemon(to, { ...question, isIdle: true, signal: leaving.signal });
      const freeze = body.frozen as { by?: unknown; reason?: unknown } | null | undefined;
      if (status === 200 && freeze) stopAll(freeze);
      else if (status !== 200 && open.size > 0 && !leaving.signal.aborted) await pause(to);
    }
    isAsking = false;
  };
  const stopAll = ({ by, reason }: { by?: unknown; reason?: unknown }) => {
    const why = typeof reason === 'string' && reason !== '' ? ` (${reason})` : '';
    const refusal = new SpendingRefused('DN_BUDGET_FROZEN', `spending is frozen by ${by}${why}`);
    for (const controller of open) controller.abort(refusal);
    open.clear();
  };
  return {
    open: () => {
      const controller = new AbortController();
      open.add(controller);
      if (!isAsking) void ask();
      return {
        signal: controller.signal,
        close: () => {
          open.delete(controller);
          if (open.size === 0) leaving.abort();
        },
      };
    },
  };
}

function pause({ clock }: Destination): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimeout(resolve, RETRY_MS);
  });
}
