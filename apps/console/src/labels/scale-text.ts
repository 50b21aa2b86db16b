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
