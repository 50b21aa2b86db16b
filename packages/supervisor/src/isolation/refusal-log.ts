import type { Clock } from '@dreamnet/contracts';

/** So many refusals are told one by one within a window; whoever asks again and again does not fill the log. */
const TOLD_PER_WINDOW = 10;
const WINDOW_MS = 10_000;

/** Tells refusals, a bounded number at a time; those left out are counted into the next one told. */
export function createRefusalLog(
  clock: Clock,
  tell: (destination: string, because: string, untold: number) => void,
): (destination: string, because: string) => void {
  let windowEndMs = Number.NEGATIVE_INFINITY;
  let told = 0;
  let untold = 0;
  return (destination, because) => {
    const nowMs = clock.monotonic();
    if (nowMs >= windowEndMs) {
      windowEndMs = nowMs + WINDOW_MS;
      told = 0;
    }
    if (told >= TOLD_PER_WINDOW) {
      untold += 1;
      return;
    }
    told += 1;
    tell(destination, because, untold);
    untold = 0;
  };
}
