import type { PsEntry, SpareView } from '@dreamnet/contracts';
import { showDuration, showTime } from './terminal.js';

/** The spare of an agent in one word; `-` when none is wanted. */
export function spareWord({ spare }: Pick<PsEntry, 'spare'>): string {
  return spare?.phase ?? '-';
}

/** All that is known of it, in one line. */
export function spareLine(
  { phase, identity, waitingSince, takeovers, failures, nextAttemptAt, problem }: SpareView,
  now: number,
): string {
  const since = waitingSince === null ? '' : ` for ${showDuration(Math.max(0, now - waitingSince))}`;
  return [
    phase === 'off' ? 'none yet: it is started when its agent serves' : `${phase}${since}`,
    ...(identity ? [`pid ${identity.pid}`] : []),
    ...(takeovers > 0 ? [`took over ${takeovers} time${takeovers === 1 ? '' : 's'}`] : []),
    ...(failures > 0 ? [`${failures} failed in a row`] : []),
    ...(nextAttemptAt === null ? [] : [`next try at ${showTime(nextAttemptAt)}`]),
    ...(problem === null ? [] : [problem]),
  ].join(', ');
}
