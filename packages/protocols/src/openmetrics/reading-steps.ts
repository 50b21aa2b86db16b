import type { Clock } from '@dreamnet/contracts';
import { nextTurn, takeTurn } from '@dreamnet/kit';

/** A text that is being read: each step is some of its lines, the last one gives what was read. */
export type Reading<T> = Generator<undefined, T>;

/** A step takes well below a millisecond. */
export const LINES_A_STEP = 64;

/** Reads all of it at once. */
export function readAtOnce<T>(reading: Reading<T>): T {
  for (;;) {
    const step = reading.next();
    if (step.done) return step.value;
  }
}

/**
 * Reads as much in one turn of the event loop as there is time for.
 *
 * @returns undefined when the signal said so before the end.
 */
export async function readInTurns<T>(
  reading: Reading<T>,
  { clock, signal }: { clock: Pick<Clock, 'monotonic'>; signal: AbortSignal },
): Promise<T | undefined> {
  let isOver = takeTurn(clock);
  while (!signal.aborted) {
    const step = reading.next();
    if (step.done) return step.value;
    if (isOver()) isOver = await nextTurn(clock);
  }
  return undefined;
}
