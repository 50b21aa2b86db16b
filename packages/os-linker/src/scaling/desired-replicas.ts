/** One replica as the metric sees it. `value` is null when nothing was measured of it. */
export interface ReplicaReading {
  id: string;
  isReady: boolean;
  value: number | null;
}

/** What was measured: something of each replica, of which the mean counts, or one number they share. */
export type ScalingSample =
  | { kind: 'each'; replicas: readonly ReplicaReading[] }
  | { kind: 'shared'; value: number | null };

/** What the metric should be at one replica. */
export interface ScalingGoal {
  /** The wanted value, more than 0: the mean over the replicas, or one replica's share of a shared number. */
  target: number;
  /** A ratio no further from 1 than this changes nothing: 0.1 is ten percent. */
  tolerance: number;
}

/** How many replicas the formula asks for, before windows and limits. */
export interface DesiredReplicas {
  desired: number;
  /** The mean, or one replica's share; null when nothing was measured. */
  value: number | null;
  /** The calculation in words, with its numbers. */
  formula: string;
}

/** Sums of decimal fractions come out a hair above the whole number they stand for: no replica is started for that. */
const ROUNDING = 1e-9;

/**
 * The formula of Kubernetes' horizontal autoscaler: current × value / target, rounded up. Replicas that are not
 * ready, and ready ones without a value, are taken so that they make the change smaller and never turn it round.
 *
 * @param current Replicas there are now, ready or not.
 * @source https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details
 */
export function desiredReplicas(current: number, sample: ScalingSample, goal: ScalingGoal): DesiredReplicas {
  return sample.kind === 'shared' ? ofShared(current, sample.value, goal) : ofEach(current, sample, goal);
}

function ofShared(
  current: number,
  value: number | null,
  { target, tolerance }: ScalingGoal,
): DesiredReplicas {
  if (value === null) return keep(current, null, 'nothing was measured');
  const share = current === 0 ? value : value / current;
  if (current > 0 && isWithin(share / target, tolerance)) return keep(current, share, within(share, target));
  const desired = roundUp(value / target);
  return { desired, value: share, formula: `ceil(${show(value)} / ${show(target)}) = ${desired}` };
}

function ofEach(
  current: number,
  { replicas }: Extract<ScalingSample, { kind: 'each' }>,
  { target, tolerance }: ScalingGoal,
): DesiredReplicas {
  const ready = replicas.filter(({ isReady }) => isReady);
  const measured = ready.flatMap(({ value }) => (value === null ? [] : [value]));
  if (measured.length === 0) return keep(current, null, 'no ready replica was measured');
  const sum = measured.reduce((total, value) => total + value, 0);
  const mean = sum / measured.length;
  const missing = ready.length - measured.length;
  const unready = replicas.length - ready.length;
  const filled = fill({ sum, count: measured.length, mean, missing, unready }, target);
  const ratio = filled.sum / filled.count / target;
  const isTurned = (mean < target && ratio > 1) || (mean > target && ratio < 1);
  if (isWithin(ratio, tolerance) || isTurned)
    return keep(current, mean, within(filled.sum / filled.count, target));
  const desired = roundUp(filled.sum / target);
  const formula = `ceil(${filled.count} × ${show(filled.sum / filled.count)} / ${show(target)}) = ${desired}${filled.words}`;
  // More replicas for less load, or fewer for more, is what missing values make of it and no wish of the metric.
  if ((ratio < 1 && desired > current) || (ratio > 1 && desired < current))
    return keep(current, mean, formula);
  return { desired, value: mean, formula };
}

interface Measured {
  sum: number;
  count: number;
  mean: number;
  missing: number;
  unready: number;
}

/** Before more are started, the unmeasured and the unready count as idle; before some are ended, the unmeasured as on target. */
function fill({ sum, count, mean, missing, unready }: Measured, target: number) {
  if (mean > target) {
    const idle = missing + unready;
    return {
      sum,
      count: count + idle,
      words: idle === 0 ? '' : ` (${idle} not measured or not ready count as 0)`,
    };
  }
  if (mean === target || missing === 0) return { sum, count, words: '' };
  return {
    sum: sum + missing * target,
    count: count + missing,
    words: ` (${missing} not measured count as on target)`,
  };
}

function keep(current: number, value: number | null, formula: string): DesiredReplicas {
  return { desired: current, value, formula };
}

function isWithin(ratio: number, tolerance: number): boolean {
  return Math.abs(1 - ratio) <= tolerance + ROUNDING;
}

function within(value: number, target: number): string {
  return `${show(value)} / ${show(target)} is within the tolerance`;
}

function roundUp(replicas: number): number {
  return Math.ceil(replicas * (1 - ROUNDING));
}

function show(value: number): string {
  return String(Number(value.toPrecision(4)));
}
