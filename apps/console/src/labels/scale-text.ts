import type { PsEntry, ScaleDecisionView, ScaleView } from '@dreamnet/contracts';
import { clockText } from '../ui/time-text.js';

/** What stands where a process has its pid: how many replicas serve, else the phase. */
export function processText({ pid, phase, replicas }: PsEntry): string {
  if (replicas) return `${replicas.serving} of ${replicas.desired}${replicas.isScaled ? ', scaled' : ''}`;
  return pid === null ? phase : `pid ${pid}`;
}

/** Does anything of it run, so that it can be stopped? */
export function isRunning({ pid, status }: PsEntry): boolean {
  return pid !== null || status === 'running';
}

/** How many serve of how many there should be, and what each works on. */
export function replicasText({ serving, desired, replicas, maxInFlight }: ScaleView): string {
  const most = maxInFlight === null ? '' : ` of ${maxInFlight}`;
  const each = replicas.map(({ id, isLeaving, isServing, inFlight, phase }) => {
    if (isLeaving) return `${id} leaves`;
    return isServing ? `${id} ${inFlight}${most}` : `${id} ${phase}`;
  });
  return `${serving} of ${desired} serve${each.length === 0 ? '' : `; calls: ${each.join(', ')}`}`;
}

/** What the number of replicas follows. */
export function ruleText({ rule }: ScaleView): string {
  if (!rule) return 'a fixed number';
  const whose = rule.of === null ? '' : ` of ${rule.of}`;
  return `${rule.metric}${whose}, ${rule.target} each, ${rule.min} to ${rule.max}`;
}

/** Where a rolling restart stands; undefined when there was none. */
export function rollingText({ rolling }: ScaleView): string | undefined {
  if (!rolling) return undefined;
  if (rolling.phase === 'done') return 'done';
  if (rolling.phase === 'stopped') return `stopped: ${rolling.because ?? 'given up'}`;
  return `step ${rolling.step} of ${rolling.steps}: ${rolling.phase}`;
}

/** One change with its calculation. */
export function decisionText({ at, from, to, because, formula, metric }: ScaleDecisionView): string {
  const measured = formula === '' ? '' : ` (${metric}: ${formula})`;
  return `${clockText(at)} ${from} → ${to}: ${because}${measured}`;
}
