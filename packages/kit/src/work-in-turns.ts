import type { Clock } from '@dreamnet/contracts';

/** Longer than this the event loop does not stand still for what may as well be done in its next turn. */
const TURN_MS = 8;

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
  let untilMs = clock.monotonic() + TURN_MS;
  for (const item of items) {
    if (clock.monotonic() >= untilMs) {
      await new Promise((resolve) => setImmediate(resolve));
      untilMs = clock.monotonic() + TURN_MS;
    }
    work(item);
  }
}
