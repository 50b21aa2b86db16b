import type { SpareView } from '@dreamnet/contracts';
import { counted } from '../ui/number-text.js';
import { clockText, durationText } from '../ui/time-text.js';

/** Where a spare stands and what became of those before it, in one line. */
export function spareText(spare: SpareView, now: number): string {
  const { identity, takeovers, failures, nextAttemptAt, problem } = spare;
  return [
    phaseText(spare, now),
    ...(identity ? [`pid ${identity.pid}`] : []),
    ...(takeovers > 0 ? [`took over ${counted(takeovers, 'time')}`] : []),
    ...(failures > 0 ? [`${failures} failed in a row`] : []),
    ...(nextAttemptAt === null ? [] : [`next try at ${clockText(nextAttemptAt)}`]),
    ...(problem === null ? [] : [problem]),
  ].join(', ');
}

function phaseText({ phase, waitingSince }: SpareView, now: number): string {
  if (phase === 'off') return 'none yet: it is started when its agent serves';
  return waitingSince === null ? phase : `${phase} for ${durationText(Math.max(0, now - waitingSince))}`;
}
