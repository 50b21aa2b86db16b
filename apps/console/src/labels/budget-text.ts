import type { BudgetMeasureView, BudgetView } from '@dreamnet/contracts';
import { numberText } from '../ui/number-text.js';
import { durationText, spanText } from '../ui/time-text.js';
import type { Tone } from '../ui/tone.js';

const NEARLY = 0.8;

/** An amount with its unit where the measure's name does not say it: `0.0124 USD`, `3.2 m`, `36.1 k`. */
export function amountText({ unit }: Pick<BudgetMeasureView, 'unit'>, amount: number): string {
  if (unit === 'ms') return spanText(amount);
  return unit === 'tokens' || unit === 'calls' ? numberText(amount) : `${numberText(amount)} ${unit}`;
}

/** Whose spending, and on what. */
export function scopeText({ agents, capability, name }: BudgetView): string {
  const whose =
    agents === null ? 'everybody' : agents.length === 1 && agents[0] === name ? '' : agents.join(', ');
  return [whose, capability].filter(Boolean).join(': ');
}

/** When there is all of it again. */
export function resetText({ window, resetsAt }: BudgetView, now: number): string {
  if (window.kind === 'rolling') return `within ${durationText(window.lengthMs)}`;
  return resetsAt === null ? 'reset by hand' : `reset in ${durationText(Math.max(0, resetsAt - now))}`;
}

/** How bad a share is. */
export function shareTone(share: number): Tone {
  if (share >= 1) return 'bad';
  return share >= NEARLY ? 'warn' : 'good';
}
