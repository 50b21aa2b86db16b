import type { Clock } from '@dreamnet/contracts';
import { createTurnEnd } from './turn-end.js';

/**
 * Longer than this the event loop does not stand still for what may as well be done in its next turn: lists that are worked
 * through, messages that have come. All of them together: each by itself with as much, they once made 60 ms.
 */
const TURN_MS = 8;
/** Everyone may use this much of each turn, whoever was there before. */
const LEAST_MS = 2;

type Monotonic = Pick<Clock, 'monotonic'>;

const turnEnds = new WeakMap<object, (nowMs: number) => number>();
const bases = new WeakMap<object, Monotonic>();

/** From now on whoever goes by one clock shares turns with those who go by another, on which it is based. */
export function shareTurns(clock: Monotonic, base: Monotonic): void {
  bases.set(clock, base);
}

/**
 * Begins work in the present turn of the event loop, which is as long as it is from the first who does until sockets have had
 * their turn.
 *
 * @returns Has the turn become long? Then what is left is for the next one.
 */
export function takeTurn(clock: Monotonic): () => boolean {
  const base = bases.get(clock) ?? clock;
  const startedMs = base.monotonic();
  const endsMs = Math.max(turnEndOf(base)(startedMs), startedMs + LEAST_MS);
  return () => base.monotonic() >= endsMs;
}

/** Waits for the next turn of the event loop, and begins in it. */
export async function nextTurn(clock: Monotonic): Promise<() => boolean> {
  await new Promise((resolve) => setImmediate(resolve));
  return takeTurn(clock);
}

function turnEndOf(base: Monotonic): (nowMs: number) => number {
  const known = turnEnds.get(base);
  if (known) return known;
  const turnEnd = createTurnEnd(TURN_MS);
  turnEnds.set(base, turnEnd);
  return turnEnd;
}
