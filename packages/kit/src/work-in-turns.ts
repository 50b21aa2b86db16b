import type { Clock } from '@dreamnet/contracts';
import { isTurnOver, nextTurn } from './loop-turn.js';

/**
 * Works through a list in its order, as many in one turn of the event loop as there is time for; the first at once.
 *
 * @param work What it throws rejects; those after it are not worked on.
 */
export async function workInTurns<T>(
  clock: Pick<Clock, 'monotonic'>,
  items: Iterable<T>,
  work: (item: T) => void,
): Promise<void> {
  let isFirst = true;
  for (const item of items) {
    if (isTurnOver(clock) && !isFirst) await nextTurn(clock);
    isFirst = false;
    work(item);
  }
}
