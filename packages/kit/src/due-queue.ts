import type { Clock, TimerHandle } from '@dreamnet/contracts';
import { createDueHeap } from './due-heap.js';

/** Things to do later, all on one timer. */
export interface DueQueue<T> {
  /** @param dueMs Monotonic ms; in the past means at the next turn of the timer. */
  push(dueMs: number, item: T): void;
  /** Lets happen what is due by now, without waiting for the timer; within `onDue` it does nothing. */
  settle(): void;
  /** Sets the timer, after `stop()` or where the queue was made to wait for this. */
  start(): void;
  /** Takes the timer away; what waits goes on waiting. */
  stop(): void;
  readonly size: number;
  clear(): void;
}

/**
 * A heap of due times behind one timer of the clock. Nothing is ever taken out early: who pushed an item that has
 * become pointless ignores it when it comes.
 *
 * @param onDue Called in order of due time; `lateMs` tells how far behind this process itself was.
 * @param how `isStopped`: no timer before `start()`. Default false.
 */
export function createDueQueue<T>(
  clock: Clock,
  onDue: (item: T, due: { dueMs: number; lateMs: number }) => void,
  how: { isStopped?: boolean } = {},
): DueQueue<T> {
  const heap = createDueHeap<T>();
  const alarm = createAlarm(clock, () => turning(() => turn(clock.monotonic())));
  let pushed = 0;
  let isRunning = how.isStopped !== true;
  let isTurning = false;

  const arm = (): void => {
    if (isRunning && !isTurning) alarm.byThen(heap.firstMs);
  };
  /** Only what was pushed before it: an item that pushes itself as due at once must not starve the rest. */
  const turn = (nowMs: number): void => {
    const before = pushed;
    for (let dueMs = heap.firstMs; dueMs <= nowMs && heap.firstOrder <= before; dueMs = heap.firstMs)
      onDue(heap.shift() as T, { dueMs, lateMs: nowMs - dueMs });
  };
  const turning = (act: () => void): void => {
    isTurning = true;
    try {
      act();
    } finally {
      isTurning = false;
      // Also when nothing was due: a timer counts whole milliseconds and may come a moment early.
      arm();
    }
  };
  return {
    push: (dueMs, item) => {
      pushed = heap.push(dueMs, item);
      arm();
    },
    settle: () => {
      const nowMs = clock.monotonic();
      if (isTurning || heap.firstMs > nowMs) return;
      turning(() => {
        while (heap.firstMs <= nowMs) turn(nowMs);
      });
    },
    start: () => {
      isRunning = true;
      arm();
    },
    stop: () => {
      isRunning = false;
      alarm.off();
    },
    get size() {
      return heap.size;
    },
    clear: () => {
      heap.clear();
      alarm.off();
    },
  };
}

/** One timer that only ever moves forward: it rings at the earliest time asked for. */
function createAlarm(clock: Clock, ring: () => void): { byThen(ms: number): void; off(): void } {
  let timer: TimerHandle | undefined;
  let setForMs = Number.POSITIVE_INFINITY;
  const off = (): void => {
    if (timer !== undefined) clock.clearTimeout(timer);
    timer = undefined;
    setForMs = Number.POSITIVE_INFINITY;
  };
  const ringNow = (): void => {
    timer = undefined;
    setForMs = Number.POSITIVE_INFINITY;
    ring();
  };
  return {
    byThen: (ms) => {
      if (ms >= setForMs) return;
      off();
      setForMs = ms;
      timer = clock.setTimeout(ringNow, Math.max(0, ms - clock.monotonic()));
    },
    off,
  };
}
