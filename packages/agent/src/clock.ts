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
