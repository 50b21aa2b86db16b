/**
 * What is left of a wait whose end was kept as a time of the wall clock, which may have been set since: never more than the wait was
 * when it was begun. Within one process a wait goes by `clock.monotonic()`; this is for what it is begun from, or found in a store.
 *
 * @param untilAt The end of the wait, epoch ms.
 * @param now Epoch ms.
 * @param longestMs How long the wait was when it was begun, or the longest such a wait can be; ms.
 * @returns Milliseconds, 0 when it is over.
 */
export function waitLeftMs(untilAt: number, now: number, longestMs: number): number {
  return Math.max(0, Math.min(untilAt - now, longestMs));
}
