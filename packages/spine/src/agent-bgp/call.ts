import type {
  CallAttempt,
  CallOutcome,
  Clock,
  PublishEvent,
  Route,
  RouteDecision,
} from '@dreamnet/contracts';
import type { DreamnetError } from '@dreamnet/kit';
import { spineError } from '../errors.js';
import { type Attempt, type AttemptResult, beginAttempt, type InvokeRoute } from './call-attempt.js';
import type { RouteTable } from './route-table.js';

export interface CallOptions {
  invoke: InvokeRoute;
  /** For all attempts together. Default 30 000. */
  timeoutMs?: number;
  /** For one attempt. Default: all of the time left. */
  attemptTimeoutMs?: number;
  signal?: AbortSignal;
  /** A route of which it says no is passed over. Default: every candidate may be asked. */
  mayAsk?: (route: Route) => boolean;
  /** Doing it twice does no harm. Default false. */
  isIdempotent?: boolean;
  /** Default 3. */
  maxAttempts?: number;
}

export interface CallDependencies {
  table: RouteTable;
  clock: Clock;
  /** Told of `call.finished`. */
  publish?: PublishEvent;
}

interface CallState extends CallDependencies {
  capability: string;
  input: unknown;
  options: CallOptions;
  deadlineMs: number;
  /** In the order in which they were begun. */
  attempts: CallAttempt[];
  decision: RouteDecision;
  /** Nobody has been asked of these, best first. */
  candidates: Candidate[];
  /** Who was asked and has not ended. */
  open: Set<Asked>;
}

interface Candidate {
  route: Route;
  isFirst: boolean;
}

/** One who was asked; `decidedBy`: why it was its turn. */
type Asked = Attempt & { provider: string; decidedBy: string };

/**
 * Calls whoever serves a capability best and goes on to the next candidate by this rule:
 *
 * 1. an error with `details.delivered: false` (it surely never arrived) says nothing of the next candidate, which is tried;
 * 2. an error that is not `retryable` ends the asking: another provider would refuse as well, or has been told no;
 * 3. any other error may stand for work that was done: the next candidate is tried only when `isIdempotent`.
 *
 * An idempotent call is hedged: when nobody has answered for a share of the time left (all of it, divided among the attempts
 * there still may be), the next candidate is asked as well, and nobody is cut off for that. The first answer wins, the others are
 * aborted; the failure of one leaves the others to answer.
 *
 * The candidates are those of the beginning, in that order. One that was withdrawn by its turn is passed over; one whose route only
 * changed (its health, its cost) is asked by the route as it is then. The table is not changed: withdrawing is for whoever watches health.
 *
 * @returns The outcome as a value; never rejects. Its attempts are in the order in which they were begun. The deadline holds
 * even if `invoke` ignores its signal.
 * @source Dean and Barroso, The Tail at Scale, Communications of the ACM 56(2), 2013: hedged requests
 */
export async function callCapability(
  dependencies: CallDependencies,
  call: { capability: string; input: unknown },
  options: CallOptions,
): Promise<CallOutcome> {
  const { clock, table } = dependencies;
  const startedMs = clock.monotonic();
  const deadlineMs = startedMs + (options.timeoutMs ?? 30_000);
  const decision = table.decide(call.capability);
  const candidates = decision.candidates.map((route, index) => ({ route, isFirst: index === 0 }));
  const progress = { attempts: [], open: new Set<Asked>(), decision, candidates };
  const outcome = await tryCandidates({ ...dependencies, ...call, options, deadlineMs, ...progress });
  const provider = outcome.ok ? outcome.provider : (outcome.attempts.at(-1)?.provider ?? null);
  dependencies.publish?.('call.finished', call.capability, {
    capability: call.capability,
    provider,
    ok: outcome.ok,
    latencyMs: clock.monotonic() - startedMs,
  });
  return outcome;
}

async function tryCandidates(state: CallState): Promise<CallOutcome> {
  const { options, attempts, open, capability } = state;
  let failure = options.signal?.aborted ? cancelled(state) : undefined;
  if (!failure) ask(state, 'failover');
  while (open.size > 0) {
    const ended = await firstToEnd(state);
    if (!ended) {
      ask(state, 'first answer');
      continue;
    }
    const { asked, result } = ended;
    const { provider, decidedBy } = asked;
    open.delete(asked);
    if (result.ok) {
      for (const other of open) other.giveUp(overtaken(capability, other.provider, provider));
      return { ok: true, provider, output: result.output, attempts, decidedBy };
    }
    // A refusal says more than that others did not answer either.
    if (!failure || failure.retryable || neverArrived(failure)) failure = result.error;
    if (mayGoOn(result.error, options)) ask(state, 'failover');
    else state.candidates = [];
  }
  const error = failure ?? noRoute(capability, state.decision);
  return { ok: false, code: error.code, message: error.message, attempts };
}

/** Asks the next candidate that still stands, if there may be one more attempt. @param because Why it is its turn. */
function ask(state: CallState, because: 'failover' | 'first answer'): void {
  const { options, attempts, clock, capability, input } = state;
  const { signal, invoke } = options;
  const leftMs = state.deadlineMs - clock.monotonic();
  const next = signal?.aborted || leftMs <= 0 || attemptsLeft(state) === 0 ? undefined : takeNext(state);
  // Nor is there one later.
  if (!next) state.candidates = [];
  if (!next) return;
  const { route, isFirst } = next;
  const timeoutMs = Math.min(leftMs, options.attemptTimeoutMs ?? leftMs);
  const attempt = beginAttempt({ clock, invoke, route, input, timeoutMs, signal, capability });
  attempts.push(attempt.record);
  const decidedBy = isFirst ? state.decision.decidedBy : because;
  state.open.add({ ...attempt, provider: route.provider, decidedBy });
}

function takeNext({ candidates, table, options }: CallState): Candidate | undefined {
  for (let next = candidates.shift(); next; next = candidates.shift()) {
    const { isFirst } = next;
    const route = isFirst ? next.route : table.current(next.route);
    if (route && options.mayAsk?.(route) !== false) return { route, isFirst };
  }
  return undefined;
}

/** @returns undefined when it is time to ask one more beside those who have not answered yet. */
async function firstToEnd(state: CallState): Promise<{ asked: Asked; result: AttemptResult } | undefined> {
  const { clock, options, open } = state;
  const ends = [...open].map(async (asked) => ({ asked, result: await asked.result }));
  const others = options.isIdempotent ? attemptsLeft(state) : 0;
  if (others === 0) return Promise.race(ends);
  const shareMs = (state.deadlineMs - clock.monotonic()) / (others + 1);
  return new Promise((resolve) => {
    const timer = clock.setTimeout(() => resolve(undefined), shareMs);
    void Promise.race(ends).then((ended) => {
      clock.clearTimeout(timer);
      resolve(ended);
    });
  });
}

function attemptsLeft({ candidates, options, attempts }: CallState): number {
  return Math.max(0, Math.min(candidates.length, (options.maxAttempts ?? 3) - attempts.length));
}

function mayGoOn(error: DreamnetError, options: CallOptions): boolean {
  if (options.signal?.aborted) return false;
  return neverArrived(error) || (error.retryable && options.isIdempotent === true);
}

function neverArrived(error: DreamnetError): boolean {
  return error.details.delivered === false;
}

function cancelled({ capability }: CallState): DreamnetError {
  return spineError('DN_SPINE_CALL_CANCELLED', { capability });
}

function overtaken(capability: string, provider: string, by: string): DreamnetError {
  return spineError('DN_SPINE_CALL_OVERTAKEN', { capability, provider, by, delivered: true });
}

function noRoute(capability: string, decision: RouteDecision): DreamnetError {
  const gone = decision.withdrawn.map(({ provider, because }) => `${provider}: ${because}`).join('; ');
  const why = gone === '' ? ': it was never announced; give an agent this capability' : ` (${gone})`;
  return spineError('DN_SPINE_NO_ROUTE', { capability, why, delivered: false });
}
