import type { ExitRecord } from '@dreamnet/contracts';

/**
 * How a process ended, in a few words that fit after a colon: `exit code 1`, `signal SIGKILL`. Of one that never ran: why, which
 * is all there is to tell. For one that ran, `reason` says more and is not in it.
 */
export function howItEnded({
  isKnown,
  code,
  signal,
  reason,
}: Pick<ExitRecord, 'isKnown' | 'code' | 'signal' | 'reason'>): string {
  if (!isKnown) return 'nobody saw how it ended';
  if (signal !== null) return `signal ${signal}`;
  return code === null ? (reason ?? 'it did not start') : `exit code ${code}`;
}

/** The same with `reason` behind it, where there is one. */
export function howAndWhyItEnded(exit: Parameters<typeof howItEnded>[0]): string {
  const { reason, ...end } = exit;
  if (reason === undefined) return howItEnded(exit);
  return neverRan(exit) ? `${howItEnded(end)}: ${reason}` : `${howItEnded(end)} (${reason})`;
}

/** It was not started: `reason` says why. */
export function neverRan({ isKnown, signal, code }: Parameters<typeof howItEnded>[0]): boolean {
  return isKnown && signal === null && code === null;
}
