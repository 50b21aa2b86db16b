import type { Clock } from '@dreamnet/contracts';

/**
 * Longer than this the event loop does not stand still for what may as well be done in its next turn: timers that are late, lists
 * that are worked through, messages that have come. All of them together: each by itself with as much, they once made 60 ms.
 */
const TURN_MS = 8;

const endings = new WeakMap<object, number>();
const bases = new WeakMap<object, Pick<Clock, 'monotonic'>>();

/** From now on whoever goes by one clock shares turns with those who go by another, on which it is based. */
export function shareTurns(clock: Pick<Clock, 'monotonic'>, base: Pick<Clock, 'monotonic'>): void {
  bases.set(clock, base);
}

/**
 * Has the present turn of the event loop become long? It counts from the first who asks, until sockets have had their turn. Whoever
 * is told so does the next piece in one of the next turns, and of that at least one, whatever the others do.
 */
export function isTurnOver(clock: Pick<Clock, 'monotonic'>): boolean {
  const base = bases.get(clock) ?? clock;
  const nowMs = base.monotonic();
  const endsMs = endings.get(base);
  if (endsMs !== undefined) return nowMs >= endsMs;
  endings.set(base, nowMs + TURN_MS);
  setImmediate(() => endings.delete(base));
  return false;
}

/** Resolves in the next turn of the event loop, whose time counts from then at the latest. */
export async function nextTurn(clock: Pick<Clock, 'monotonic'>): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  isTurnOver(clock);
}
