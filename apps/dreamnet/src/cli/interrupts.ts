import type { Clock } from '@dreamnet/contracts';

/** What a person or a service manager ends a program with. */
export const END_SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** A terminal's Ctrl-C may come twice at once: to the whole foreground group, and passed on by whoever started us. */
const SAME_SIGNAL_MS = 500;

/** The first signal asks the command to end, a second one to hurry. */
export interface Interrupts {
  readonly clock: Clock;
  /** Aborted by the first one. */
  readonly signal: AbortSignal;
  /** Who is called by a second one and by each after it; without anybody it ends the program as signals do. */
  onSecond(handler: () => void): void;
  take(signal: NodeJS.Signals): void;
}

/** @param endNow Ends this program by the signal. */
export function createInterrupts(clock: Clock, endNow = endBySignal): Interrupts {
  const controller = new AbortController();
  let firstMs = 0;
  let hurry: (() => void) | undefined;
  return {
    clock,
    signal: controller.signal,
    onSecond: (handler) => {
      hurry = handler;
    },
    take: (signal) => {
      if (!controller.signal.aborted) {
        firstMs = clock.monotonic();
        controller.abort();
      } else if (clock.monotonic() - firstMs >= SAME_SIGNAL_MS) {
        if (hurry) hurry();
        else endNow(signal);
      }
    },
  };
}

function endBySignal(signal: NodeJS.Signals): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
