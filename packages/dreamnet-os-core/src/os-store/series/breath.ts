import type { Clock } from '@dreamnet/contracts';
import { nextTurn, takeTurn } from '@dreamnet/kit';

/** Asked between two pieces of work; waits for the next turn of the event loop when this one has become long. */
export type Breath = () => Promise<void> | undefined;

/** The time counts from now. */
export function createBreath(clock: Clock): Breath {
  let isOver = takeTurn(clock);
  return () => {
    if (!isOver()) return undefined;
    return nextTurn(clock).then((isNextOver) => {
      isOver = isNextOver;
    });
  };
}
