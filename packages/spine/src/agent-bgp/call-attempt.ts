import type { CallAttempt, Clock, Route } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import { spineError } from '../errors.js';

/** Carries one call to one provider. An error's `retryable` and `details.delivered` decide about failover. */
export type InvokeRoute = (
  route: Route,
  input: unknown,
  limits: { signal: AbortSignal; timeoutMs: number },
) => Promise<unknown>;

/** What one provider is asked, and for how long. */
export interface AttemptOptions {
  clock: Clock;
  invoke: InvokeRoute;
  route: Route;
  input: unknown;
  timeoutMs: number;
  /** Whoever called: aborted when it is gone. */
  signal: AbortSignal | undefined;
  /** What was called; a route may stand for more than that. */
  capability: string;
}

/** How it ended. */
export type AttemptResult = { ok: true; output: unknown } | { ok: false; error: DreamnetError };

/** One provider that was asked. */
export interface Attempt {
  /** What came of it so far; whole before `result` resolves. */
  readonly record: CallAttempt;
  /** Never rejects, and resolves in time even if `invoke` ignores its signal. */
  readonly result: Promise<AttemptResult>;
  /** Aborts it with this error, unless it is over. */
  giveUp(error: DreamnetError): void;
}

/** Asks one provider now. It has ended when it answers, fails, is late, is given up, or whoever called is gone. */
export function beginAttempt(options: AttemptOptions): Attempt {
  const { clock, route, capability, signal, timeoutMs } = options;
  const { provider } = route;
  const startedMs = clock.monotonic();
  const record: CallAttempt = { provider, ok: false, latencyMs: 0 };
  const controller = new AbortController();
  let isOver = false;
  let resolve: (result: AttemptResult) => void;
  const result = new Promise<AttemptResult>((done) => {
    resolve = done;
  });
  const end = (ended: AttemptResult) => {
    if (isOver) return;
    isOver = true;
    clock.clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    record.ok = ended.ok;
    record.latencyMs = clock.monotonic() - startedMs;
    if (!ended.ok) record.error = `${ended.error.code}: ${ended.error.message}`;
    resolve(ended);
  };
  const giveUp = (error: DreamnetError) => {
    if (isOver) return;
    end({ ok: false, error });
    controller.abort(error);
  };
  const onAbort = () => giveUp(spineError('DN_SPINE_CALL_CANCELLED', { capability }));
  // What is left of a deadline has fractions.
  const late = { provider, capability, timeoutMs: Math.round(timeoutMs), delivered: true };
  const timer = clock.setTimeout(() => giveUp(spineError('DN_SPINE_CALL_TIMEOUT', late)), timeoutMs);
  signal?.addEventListener('abort', onAbort, { once: true });
  // An `invoke` that throws at once is a rejection like any other.
  Promise.resolve()
    .then(() => options.invoke(route, options.input, { signal: controller.signal, timeoutMs }))
    .then(
      (output) => end({ ok: true, output }),
      (thrown: unknown) => end({ ok: false, error: DreamnetError.from(thrown) }),
    );
  return { record, result, giveUp };
}
