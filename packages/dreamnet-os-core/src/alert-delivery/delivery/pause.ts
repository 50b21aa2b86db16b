import type { Clock } from '@dreamnet/contracts';

/** A notifier's receiver has said when it wants to be asked again. */
export interface Pause {
  /** @returns ms until it may be asked; 0 when it may now. */
  leftMs(): number;
  /** It is not asked for so long from now, ms; at most five minutes. A shorter one changes nothing. */
  extend(forMs: number): void;
}

/** Who asks for more is asked all the same: nobody notices a receiver that was told to be silent for days. */
export const LONGEST_PAUSE_MS = 300_000;

/** None at first. */
export function createPause(clock: Clock): Pause {
  let untilMs = Number.NEGATIVE_INFINITY;
  return {
    leftMs: () => Math.max(0, untilMs - clock.monotonic()),
    extend: (forMs) => {
      untilMs = Math.max(untilMs, clock.monotonic() + Math.min(forMs, LONGEST_PAUSE_MS));
    },
  };
}
