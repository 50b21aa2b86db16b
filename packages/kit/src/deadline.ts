import type { Clock } from '@dreamnet/contracts';

/**
 * Runs a call with a signal that aborts at the deadline; settles at the deadline even if the call ignores it.
 *
 * @returns The call's value, or `onTimeout()` when time was up first.
 */
export function withDeadline<T>(
  clock: Clock,
  timeoutMs: number,
  call: (signal: AbortSignal) => Promise<T>,
  onTimeout: () => T,
): Promise<T> {
  const controller = new AbortController();
  return new Promise<T>((resolve, reject) => {
    const timer = clock.setTimeout(() => {
      controller.abort();
      resolve(onTimeout());
    }, timeoutMs);
    call(controller.signal)
      .then(resolve, reject)
      .finally(() => clock.clearTimeout(timer));
  });
}
