import type { Clock } from '@dreamnet/contracts';

/**
 * Longer than this the event loop does not stand still for what may as well be done in its next turn: timers that are late, lists
 * that are worked through, messages that have come. All of them together: each by itself with as much, they once made 60 ms.
 */
const TURN_MS = 8;

const endings = new WeakMap<object, number>();

/**
 * Has the present turn of the event loop become long? It counts from the first who asks, until sockets have had their turn. Whoever
 * is told so does the next piece in one of the next turns, and of that at least one, whatever the others do.
 */
export function isTurnOver(clock: Pick<Clock, 'monotonic'>): boolean {
  const nowMs = clock.monotonic();
  const endsMs = endings.get(clock);
  if (endsMs !== undefined) return nowMs >= endsMs;
  endings.set(clock, nowMs + TURN_MS);
  setImmediate(() => endings.delete(clock));
  return false;
}

/** Resolves in the next turn of the event loop, whose time counts from then at the latest. */
export async function nextTurn(clock: Pick<Clock, 'monotonic'>): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  isTurnOver(clock);
}
