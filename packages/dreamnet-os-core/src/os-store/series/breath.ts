import type { Clock } from '@dreamnet/contracts';
import { isTurnOver, nextTurn } from '@dreamnet/kit';

/** Asked between two pieces of work; waits for the next turn of the event loop when this one has become long. */
export type Breath = () => Promise<void> | undefined;

/** The time counts from now. */
export function createBreath(clock: Clock): Breath {
  isTurnOver(clock);
  return () => (isTurnOver(clock) ? nextTurn(clock) : undefined);
}
