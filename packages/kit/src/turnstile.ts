import type { Clock } from '@dreamnet/contracts';
import { nextTurn, takeTurn } from './loop-turn.js';

/**
 * Lets through those who have a little work each, in the order in which they came, as many in one turn of the event loop as
 * there is time for. Whoever was let through works at once, up to its next `await`.
 */
export function createTurnstile(clock: Pick<Clock, 'monotonic'>): () => Promise<void> {
  let last: Promise<void> | undefined;
  let isOver = () => false;
  const pass = async (): Promise<void> => {
    if (isOver()) isOver = await nextTurn(clock);
  };
  return () => {
    // Nobody is before it: the turn that it begins is counted from here.
    if (!last) isOver = takeTurn(clock);
    const mine = (last ?? Promise.resolve()).then(pass);
    last = mine;
    void mine.then(() => {
      if (last === mine) last = undefined;
    });
    return mine;
  };
}
