import type {
  CallAttempt,
  CallOutcome,
  Clock,
  PublishEvent,
  Route,
  RouteDecision,
} from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import { spineError } from '../errors.js';
import type { RouteTable } from './route-table.js';

/** Carries one call to one provider. An error's `retryable` and `details.delivered` decide about failover. */
export type InvokeRoute = (
  route: Route,
  input: unknown,
  limits: { signal: AbortSignal; timeoutMs: number },
) => Promise<unknown>;

export interface CallOptions {
  invoke: InvokeRoute;
  /** For all attempts together. Default 30 000. */
  timeoutMs?: number;
  /**
   * For one attempt. Default: the time left, divided among the candidates left when the call is idempotent; all of
   * it otherwise, because no other attempt could follow.
   */
  attemptTimeoutMs?: number;
  signal?: AbortSignal;
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
  attempts: CallAttempt[];
}

/**
 * Calls whoever serves a capability best and goes on to the next candidate by this rule:
 *
 * 1. an error that is not `retryable` ends the call: another provider would refuse as well, or has been told no;
 * 2. an error with `details.delivered: false` (it surely never arrived) tries the next candidate;
 * 3. any other error may stand for work that was done: the next candidate is tried only when `isIdempotent`.
 *
 * A candidate withdrawn meanwhile is passed over. The table is not changed: withdrawing is for whoever watches health.
 *
 * @returns The outcome as a value; never rejects. The deadline holds even if `invoke` ignores its signal.
 */
export async function callCapability(
  dependencies: CallDependencies,
  call: { capability: string; input: unknown },
  options: CallOptions,
): Promise<CallOutcome> {
  const { clock, table } = dependencies;
  const startedMs = clock.monotonic();
  const deadlineMs = startedMs + (options.timeoutMs ?? 30_000);
  const state: CallState = { ...dependencies, ...call, options, deadlineMs, attempts: [] };
  const decision = table.decide(call.capability);
  const outcome = await tryCandidates(state, decision);
  const provider = outcome.ok ? outcome.provider : (outcome.attempts.at(-1)?.provider ?? null);
  dependencies.publish?.('call.finished', call.capability, {
    capability: call.capability,
    provider,
    ok: outcome.ok,
    latencyMs: clock.monotonic() - startedMs,
  });
  return outcome;
}

async function tryCandidates(state: CallState, decision: RouteDecision): Promise<CallOutcome> {
  const { options, attempts, table } = state;
  let last: DreamnetError | undefined;
  for (const [index, route] of decision.candidates.entries()) {
    if (attempts.length >= (options.maxAttempts ?? 3)) break;
    if (index > 0 && !table.has(route)) continue;
    if (options.signal?.aborted) last = cancelled(state);
    if (options.signal?.aborted || timeLeftMs(state) <= 0) break;
    const result = await attempt(state, route, decision.candidates.length - index);
    if (result.ok) {
      const decidedBy = index === 0 ? decision.decidedBy : 'failover';
      return { ok: true, provider: route.provider, output: result.output, attempts, decidedBy };
    }
    last = result.error;
    if (!mayGoOn(result.error, options)) break;
  }
  const error = last ?? noRoute(state.capability, decision);
  return { ok: false, code: error.code, message: error.message, attempts };
}

type AttemptResult = { ok: true; output: unknown } | { ok: false; error: DreamnetError };

async function attempt(state: CallState, route: Route, candidatesLeft: number): Promise<AttemptResult> {
  const { clock, attempts } = state;
  const { provider } = route;
  const startedMs = clock.monotonic();
  try {
    const output = await invokeInTime(state, route, attemptTimeoutMs(state, candidatesLeft));
    attempts.push({ provider, ok: true, latencyMs: clock.monotonic() - startedMs });
    return { ok: true, output };
  } catch (thrown) {
    const error = DreamnetError.from(thrown);
    const latencyMs = clock.monotonic() - startedMs;
    attempts.push({ provider, ok: false, latencyMs, error: `${error.code}: ${error.message}` });
    return { ok: false, error };
  }
}

function invokeInTime(state: CallState, route: Route, timeoutMs: number): Promise<unknown> {
  const { clock, capability, options } = state;
  const controller = new AbortController();
  return new Promise((resolve, reject) => {
    const end = (error: DreamnetError) => {
      controller.abort();
      reject(error);
    };
    const onAbort = () => end(cancelled(state));
    const timer = clock.setTimeout(() => {
      const details = { provider: route.provider, capability, timeoutMs, delivered: true };
      end(spineError('DN_SPINE_CALL_TIMEOUT', details));
    }, timeoutMs);
    options.signal?.addEventListener('abort', onAbort, { once: true });
    // An `invoke` that throws at once is a rejection like any other.
    Promise.resolve()
      .then(() => options.invoke(route, state.input, { signal: controller.signal, timeoutMs }))
      .then(resolve, reject)
      .finally(() => {
        clock.clearTimeout(timer);
        options.signal?.removeEventListener('abort', onAbort);
      });
  });
}

function attemptTimeoutMs(state: CallState, candidatesLeft: number): number {
  const { options, attempts } = state;
  const leftMs = timeLeftMs(state);
  if (options.attemptTimeoutMs !== undefined) return Math.min(leftMs, options.attemptTimeoutMs);
  const attemptsLeft = Math.max(1, Math.min(candidatesLeft, (options.maxAttempts ?? 3) - attempts.length));
  return options.isIdempotent ? leftMs / attemptsLeft : leftMs;
}

function timeLeftMs(state: CallState): number {
  return state.deadlineMs - state.clock.monotonic();
}

function mayGoOn(error: DreamnetError, options: CallOptions): boolean {
  if (!error.retryable || options.signal?.aborted) return false;
  return error.details.delivered === false || options.isIdempotent === true;
}

function cancelled(state: CallState): DreamnetError {
  return spineError('DN_SPINE_CALL_CANCELLED', { capability: state.capability });
}

function noRoute(capability: string, decision: RouteDecision): DreamnetError {
  const gone = decision.withdrawn.map(({ provider, because }) => `${provider}: ${because}`).join('; ');
  const why = gone === '' ? ': it was never announced; give an agent this capability' : ` (${gone})`;
  return spineError('DN_SPINE_NO_ROUTE', { capability, why, delivered: false });
}
