import type { Clock } from '@dreamnet/contracts';

/** The machine's clock; its timers do not keep the agent alive. The same as kit's, without depending on it. */
export function machineClock(): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    setTimeout: (callback, delayMs) => setTimeout(callback, delayMs).unref(),
    clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
  };
}

/** From here on the agent does not end by itself before this timer of the machine's clock has fired or was cleared. */
export function keepAliveFor(timer: unknown): void {
  if (timer instanceof Object && 'ref' in timer && typeof timer.ref === 'function') timer.ref();
}
