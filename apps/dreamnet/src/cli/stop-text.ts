import type { StopAccount } from '@dreamnet/contracts';

/** How a process was stopped, in one line that claims no more than was seen. */
export function stopText({ stop }: { stop?: StopAccount | null }): string {
  if (!stop) return 'nothing of it ran';
  return `${stop.summary}; ${stop.isProven ? 'nothing is left' : 'not yet seen to be gone'}`;
}
