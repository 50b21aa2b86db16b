import type { Clock } from '@dreamnet/contracts';
import { nextTurn, takeTurn } from './loop-turn.js';

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
  let isOver = takeTurn(clock);
  for (const item of items) {
    if (isOver()) isOver = await nextTurn(clock);
    work(item);
  }
}
