import type { AgentLog, Reservation, SpendingAmounts, SpendingEstimate } from './agent-types.js';
import { askDaemon, type DaemonAnswer } from './ask-daemon.js';
import type { Destination } from './destination.js';
import { createFreezeWatch, type Watched } from './freeze-watch.js';
import { SpendingRefused } from './spending-refused.js';

/** The daemon writes to its disk before it answers; one that takes longer is as good as away. */
const TIMEOUT_MS = 10_000;

/** Asks before spending. Without a daemon nothing is asked and nothing limits. */
export interface SpendingDesk {
  /** @throws SpendingRefused */
  reserve(estimate: SpendingEstimate): Promise<Reservation>;
}

/** @param to Undefined without a daemon; in words why it cannot be asked: then every reservation is refused. */
export function createSpendingDesk(to: Destination | string | undefined, log: AgentLog): SpendingDesk {
  if (to === undefined) return { reserve: async () => uncounted() };
  if (typeof to === 'string') return { reserve: async () => Promise.reject(asRefusal(noAnswer(to))) };
  const watch = createFreezeWatch(to);
  return {
    reserve: async (estimate) => {
      const answer = await askDaemon(to, {
        method: 'POST',
        path: '/api/reservations',
        body: estimate,
        timeoutMs: TIMEOUT_MS,
      });
      const { id } = answer.body;
      if (answer.status !== 201 || typeof id !== 'string') throw asRefusal(answer);
      return hold(to, log, { id, watch: watch.open() });
    },
  };
}

function noAnswer(why: string): DaemonAnswer {
  return { status: 0, body: {}, why };
}

/** Nobody counts it: no daemon was ever named. */
function uncounted(): Reservation {
  const done = async () => undefined;
  return { id: undefined, signal: new AbortController().signal, settle: done, release: done };
}

interface Held {
  id: string;
  watch: Watched;
}

function hold(to: Destination, log: AgentLog, { id, watch }: Held): Reservation {
  let ending: Promise<void> | undefined;
  const end = (verb: 'settle' | 'release', used: SpendingAmounts) => {
    ending ??= tell(to, log, { id, verb, used }).finally(() => watch.close());
    return ending;
  };
  return {
    id,
    signal: watch.signal,
    settle: (used = {}) => end('settle', used),
    release: () => end('release', {}),
  };
}

/** Once more after a failure; then it stays as it was reserved, which is never too little for the budget. */
async function tell(
  to: Destination,
  log: AgentLog,
  { id, verb, used }: { id: string; verb: 'settle' | 'release'; used: SpendingAmounts },
): Promise<void> {
  const question = {
    method: 'POST',
    path: `/api/reservations/${id}/${verb}`,
    body: used,
    timeoutMs: TIMEOUT_MS,
  } as const;
  let answer = await askDaemon(to, question);
  if (answer.status === 0 || answer.status >= 500) answer = await askDaemon(to, question);
  if (answer.status === 200) return;
  const { message } = asRefusal(answer);
  log.warn(`what was reserved counts as spent, for it could not be told what was: ${message}`);
}

/** Whatever is no permission is a refusal. */
function asRefusal({ status, body, why }: DaemonAnswer): SpendingRefused {
  const error = body.error as { code?: unknown; message?: unknown; details?: unknown } | undefined;
  if (typeof error?.code === 'string' && typeof error.message === 'string') {
    const details = error.details as { resetAt?: unknown } | undefined;
    return new SpendingRefused(error.code, error.message, details?.resetAt);
  }
  const reason = status === 0 ? why : `it answered ${status}`;
  return new SpendingRefused('DN_BUDGET_UNREACHABLE', `the daemon could not be asked: ${reason}`);
}
