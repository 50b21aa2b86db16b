import type { Clock, TimerHandle } from '@dreamnet/contracts';
import { createDueHeap } from '@dreamnet/kit';

/** Things to do later, all on one timer. */
export interface DueQueue<T> {
  /** @param dueMs Monotonic ms; in the past means at the next turn of the timer. */
  push(dueMs: number, item: T): void;
  readonly size: number;
  clear(): void;
}

/**
 * A heap of due times behind one timer of the clock. Nothing is ever taken out early: who pushed an item that has
 * become pointless ignores it when it comes.
 *
 * @param onDue Called in order of due time; `lateMs` tells how far behind this process itself was.
 */
export function createDueQueue<T>(
  clock: Clock,
  onDue: (item: T, due: { dueMs: number; lateMs: number }) => void,
): DueQueue<T> {
  const heap = createDueHeap<T>();
  let pushed = 0;
  let timer: TimerHandle | undefined;
  let armedMs = Number.POSITIVE_INFINITY;

  const disarm = (): void => {
    if (timer !== undefined) clock.clearTimeout(timer);
    timer = undefined;
    armedMs = Number.POSITIVE_INFINITY;
  };
  const arm = (): void => {
    const { firstMs } = heap;
    if (firstMs >= armedMs) return;
    disarm();
    armedMs = firstMs;
    timer = clock.setTimeout(fire, Math.max(0, firstMs - clock.monotonic()));
  };
  const fire = (): void => {
    timer = undefined;
    armedMs = Number.POSITIVE_INFINITY;
    const nowMs = clock.monotonic();
    // Only what was pushed before this turn: an item that pushes itself as due at once must not starve the rest.
    const before = pushed;
    for (let dueMs = heap.firstMs; dueMs <= nowMs && heap.firstOrder <= before; dueMs = heap.firstMs)
      onDue(heap.shift() as T, { dueMs, lateMs: nowMs - dueMs });
    // Also when nothing was due: a timer counts whole milliseconds and may come a moment early.
    arm();
  };
  return {
    push: (dueMs, item) => {
      pushed = heap.push(dueMs, item);
      arm();
    },
    get size() {
      return heap.size;
    },
    clear: () => {
      heap.clear();
      disarm();
    },
  };
}
