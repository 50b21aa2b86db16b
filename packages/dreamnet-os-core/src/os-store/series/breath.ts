import type { Clock } from '@dreamnet/contracts';

/** Lets the rest of the program run after this much work in one piece. */
const LONGEST_WORK_MS = 5;

/** Asked between two pieces of work; waits one turn of the event loop when the last ones took long enough. */
export type Breath = () => Promise<void> | undefined;

/** The time counts from now. */
export function createBreath(clock: Clock): Breath {
  let sinceMs = clock.monotonic();
  return () => {
    if (clock.monotonic() - sinceMs < LONGEST_WORK_MS) return undefined;
    return new Promise((resolve) => {
      setImmediate(() => {
        sinceMs = clock.monotonic();
        resolve();
      });
    });
  };
}
