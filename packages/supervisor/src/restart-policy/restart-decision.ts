import type { RestartPolicy } from '@dreamnet/contracts';
import { backoffDelay } from '@dreamnet/kit';
import type { ExitKind, RestartGroup } from './restart-group.js';
import { createRestartGroup, stepGroup } from './restart-group.js';

/** The child of the one-child group each process is by default. */
const SELF = 'self';

/** The circuit's longest wait, as a multiple of the longest backoff. */
const LONGEST_TRIAL_WAIT_FACTOR = 10;

/** What the past of one process means for its next restart. */
export interface RestartHistory {
  readonly group: RestartGroup;
  /** Runs in a row that were not healthy. */
  readonly shortRuns: number;
  /** `open`: no automatic restart; `half_open`: one trial runs. */
  readonly circuit: 'closed' | 'open' | 'half_open';
  /** Trials in a row that failed. */
  readonly failedTrials: number;
}

/** One run that is over. */
export interface EndedRun {
  readonly exit: ExitKind;
  /** Monotonic ms. */
  readonly atMs: number;
  readonly ranMs: number;
  /** Whether somebody saw it serve. */
  readonly wasReady: boolean;
}

/** What to do now: start again after a delay (0 is at once), stay down for a while, or for good. */
export type RestartDecision =
  | { readonly do: 'restart'; readonly delayMs: number }
  | { readonly do: 'open_circuit'; readonly retryAfterMs: number; readonly restarts: number }
  | { readonly do: 'finish' };

/** A process without a past: what an explicit start gives. */
export function freshHistory(policy: RestartPolicy): RestartHistory {
  return { group: freshGroup(policy), shortRuns: 0, circuit: 'closed', failedTrials: 0 };
}

/** A history as it was stored, for the policy in force now. */
export function restoreHistory(
  policy: RestartPolicy,
  stored: Omit<RestartHistory, 'group'> & { readonly restartsAtMs: readonly number[] },
): RestartHistory {
  const { restartsAtMs, shortRuns, circuit, failedTrials } = stored;
  return { group: { ...freshGroup(policy), restartsAtMs }, shortRuns, circuit, failedTrials };
}

/** The history once the running process was seen to serve: the next restart is at once, unless a trial goes on. */
export function confirmHealthy(history: RestartHistory): RestartHistory {
  return { ...history, shortRuns: 0 };
}

/** The history while the one trial of an open circuit runs. */
export function beginTrial(history: RestartHistory): RestartHistory {
  return { ...history, circuit: 'half_open' };
}

/** The policy a run is judged by. */
export interface RestartRules {
  readonly policy: RestartPolicy;
  /** 0..1, for the jitter. Default `Math.random`. */
  readonly random?: () => number;
}

/**
 * Decides what follows a run: OTP's restart types and intensity, backoff after runs that were not healthy, a
 * circuit breaker with half-open trials once the intensity is exceeded. Pure but for the jitter.
 */
export function decideRestart(
  history: RestartHistory,
  run: EndedRun,
  { policy, random }: RestartRules,
): { readonly history: RestartHistory; readonly decision: RestartDecision } {
  const isHealthy = isHealthyRun(policy, run);
  // Serving for a moment is no success: it would be restarted without end.
  const hasSettled = isHealthy && run.ranMs >= policy.periodMs;
  const isFailedTrial = history.circuit !== 'closed' && !hasSettled;
  const group = history.circuit === 'closed' ? history.group : freshGroup(policy);
  const step = stepGroup(group, { child: SELF, exit: run.exit, atMs: run.atMs });
  if (step.because === 'left_stopped' || step.because === 'removed')
    return { history: freshHistory(policy), decision: { do: 'finish' } };
  const shortRuns = isHealthy ? 0 : history.shortRuns + 1;
  const after = { ...history, group: step.group, shortRuns };
  if (isFailedTrial || step.because === 'intensity_exceeded')
    return openCircuit(policy, after, isFailedTrial);
  const delayMs = restartDelay(shortRuns, { policy, ...(random && { random }) });
  return {
    history: { ...after, circuit: 'closed', failedTrials: 0 },
    decision: { do: 'restart', delayMs },
  };
}

/** Was it seen to serve, or did it run long enough to count as healthy? */
export function isHealthyRun(
  { backoff }: RestartPolicy,
  { wasReady, ranMs }: Pick<EndedRun, 'wasReady' | 'ranMs'>,
): boolean {
  return wasReady || ranMs >= backoff.resetAfterMs;
}

/** How long the next start waits after so many short runs in a row: not at all after a healthy one, ms. */
export function restartDelay(shortRuns: number, { policy, random }: RestartRules): number {
  return shortRuns === 0 ? 0 : backoffDelay(shortRuns, jittered(policy, random));
}

/** How long an open circuit waits before its next trial: doubled per failed trial, capped. */
export function trialDelay(policy: RestartPolicy, failedTrials: number): number {
  const longest = Math.max(policy.halfOpenAfterMs, policy.backoff.maxMs * LONGEST_TRIAL_WAIT_FACTOR);
  return Math.min(longest, policy.halfOpenAfterMs * 2 ** Math.min(failedTrials, 50));
}

function openCircuit(
  policy: RestartPolicy,
  history: RestartHistory,
  isFailedTrial: boolean,
): { history: RestartHistory; decision: RestartDecision } {
  const failedTrials = isFailedTrial ? history.failedTrials + 1 : 0;
  const retryAfterMs = trialDelay(policy, failedTrials);
  // The exit that was too many is in the window but was not followed by a restart.
  const restarts = isFailedTrial ? failedTrials : history.group.restartsAtMs.length - 1;
  return {
    history: { ...history, circuit: 'open', failedTrials },
    decision: { do: 'open_circuit', retryAfterMs, restarts },
  };
}

function freshGroup(policy: RestartPolicy): RestartGroup {
  const limits = { intensity: policy.intensity, periodMs: policy.periodMs };
  return createRestartGroup('one_for_one', limits, [{ id: SELF, restart: policy.type }]);
}

function jittered(policy: RestartPolicy, random?: () => number) {
  const { initialMs, maxMs } = policy.backoff;
  return random ? { initialMs, maxMs, random } : { initialMs, maxMs };
}
