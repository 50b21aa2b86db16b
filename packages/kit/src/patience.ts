import type { Clock } from '@dreamnet/contracts';

/** When a timer comes later than this, we stood still ourselves and blame nobody. */
const OWN_STALL_MS = 100;
/** As long whoever is waited for gets then, at most: what came meanwhile has not been read, and what was to be sent has not gone. */
const GRACE_MS = 1000;

/**
 * Waits for somebody else for so long. Node fires the timers that are due before it reads what has come, so that after a time in which
 * this program stood still everybody would be late: then they get some time more, once, at most as much as at first.
 *
 * @param timeoutMs Milliseconds.
 * @param onOver Called at most once, and never after the wait was ended.
 * @returns Ends the wait. Idempotent.
 */
export function beginWait(
  clock: Pick<Clock, 'monotonic' | 'setTimeout' | 'clearTimeout'>,
  timeoutMs: number,
  onOver: () => void,
): () => void {
  const dueMs = clock.monotonic() + timeoutMs;
  let timer = clock.setTimeout(() => {
    if (clock.monotonic() - dueMs <= OWN_STALL_MS) onOver();
    else timer = clock.setTimeout(onOver, Math.min(timeoutMs, GRACE_MS));
  }, timeoutMs);
  return () => clock.clearTimeout(timer);
}
