import type { SupervisedProcess } from '@dreamnet/contracts';

/** The told start moves only when the clock was set: not for what two readings of it differ by. */
const SET_MS = 1000;

/**
 * When a process was started, by the clock as it is now, so that its age is what whoever reads this takes the time from; epoch ms.
 *
 * @param now Epoch ms.
 */
export function toldStart(
  { startedAt, ranMs }: Pick<SupervisedProcess, 'startedAt' | 'ranMs'>,
  now: number,
): number | null {
  if (startedAt === null || ranMs === null) return startedAt;
  const byAge = Math.round(now - ranMs);
  return Math.abs(byAge - startedAt) > SET_MS ? byAge : startedAt;
}
