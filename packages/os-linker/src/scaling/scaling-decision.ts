import type { ScaleDecisionView } from '@dreamnet/contracts';
import { desiredReplicas, type ScalingGoal, type ScalingSample } from './desired-replicas.js';
import { forgetOld, type Recommendation, type StabilisationWindows, stabilise } from './stabilise.js';

/** How the number of an agent's replicas follows a metric. */
export interface ScalingRule extends ScalingGoal {
  /** 0: the last one ends too when nothing is asked of it, and the next call starts one. */
  min: number;
  max: number;
  /** `cpu` (cores), `inflight` (calls), `queue` (calls held), or a metric that is reported. */
  metric: string;
  windows: StabilisationWindows;
}

/** What is so at one time. */
export interface ScalingObservation {
  /** Ms of one clock for all observations of an agent; one that may be set back would make the windows longer. */
  at: number;
  /** Replicas that are there or being started, without those that leave. */
  current: number;
  sample: ScalingSample;
  /** How long nothing was asked of it and nothing was under way, ms; 0 while something is. */
  idleMs: number;
}

/** A decision, and the recommendations the next one is to be given. */
export interface Decided {
  decision: ScaleDecisionView;
  recommendations: readonly Recommendation[];
}

/**
 * How many replicas there should be: the formula, then the windows, then idleness and the limits. Pure.
 *
 * @param past Recommendations so far; when there are none, the current number is taken as the first.
 */
export function decideScale(
  rule: ScalingRule,
  observation: ScalingObservation,
  past: readonly Recommendation[],
): Decided {
  const { at, current, sample } = observation;
  const { desired, value, formula } = desiredReplicas(current, sample, rule);
  const before = past.length === 0 ? [{ at, desired: current }] : past;
  const recommendations = forgetOld([...before, { at, desired }], at, rule.windows);
  const stable = stabilise(current, recommendations, { now: at, windows: rule.windows });
  const { to, because } = limit(rule, observation, { desired, stable });
  const { metric, target } = rule;
  return { decision: { at, from: current, to, metric, value, target, formula, because }, recommendations };
}

/** One rule after the other, the first that fits: what is within the limits goes through. */
function limit(
  { min, max, windows }: ScalingRule,
  { current, idleMs }: ScalingObservation,
  { desired, stable }: { desired: number; stable: number },
): { to: number; because: string } {
  const isIdle = idleMs > 0 && idleMs >= windows.downMs;
  if (current === 0 && stable === 0 && min === 0) return { to: 0, because: 'nothing is asked of it' };
  if (min === 0 && stable <= 1 && isIdle)
    return { to: 0, because: `nothing was asked of it for ${Math.round(idleMs / 1000)} s` };
  const least = Math.max(1, min);
  if (stable < least) return { to: least, because: `${desired} is fewer than the smallest number, ${least}` };
  if (stable > max) return { to: max, because: `${desired} is more than the largest number, ${max}` };
  if (stable === desired) return { to: stable, because: 'the formula' };
  return { to: stable, because: `${desired} is not what all of the stabilisation window ask for` };
}
