import type { Clock } from '@dreamnet/contracts';
import { takeTurn } from './loop-turn.js';

/** Asked for at once: each immediate costs, and who finds the turn over has to ask again. */
const ASKED_AT_ONCE = 16;

/**
 * Tells all who waited for the same thing, in their order: the first at once, and as many in one turn of the event loop as there is
 * time for. Whoever is told goes on with its work at once, and that counts: after the crash of 200 agents the event loop stood
 * still for tens of milliseconds.
 *
 * @param tell What it throws rejects; the others are told all the same.
 */
export function tellInTurns<T>(
  clock: Pick<Clock, 'monotonic'>,
  waiting: readonly T[],
  tell: (one: T) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let told = 0;
    let isOver = takeTurn(clock);
    const tellNext = () => {
      told += 1;
      try {
        tell(waiting[told - 1] as T);
      } catch (thrown) {
        reject(thrown);
      }
    };
    // Each in an immediate of its own: what it set off (promises) is over before the time is looked at again.
    const askForMore = () => {
      const asked = Math.min(ASKED_AT_ONCE, waiting.length - told);
      if (asked <= 0) return resolve();
      for (let place = 0; place < asked; place += 1)
        setImmediate(() => {
          if (place === 0) isOver = takeTurn(clock);
          if (!isOver()) tellNext();
          if (place === asked - 1) askForMore();
        });
    };
    if (waiting.length > 0) tellNext();
    askForMore();
  });
}
