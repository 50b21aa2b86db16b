import type { Clock, TimerHandle } from '@dreamnet/contracts';
import { createDueHeap } from '@dreamnet/kit';
import type { AlertCase } from './alert-cases.js';

/** When which alert is looked at again: one heap, one timer, and a look costs only what is due. */
export interface AlertTimes {
  /** Looks at the alert after so many ms; an earlier wish of the same alert stands. */
  wake(found: AlertCase, afterMs: number): void;
  /** Lets happen what is due by now. */
  settle(): void;
  start(): void;
  stop(): void;
}

/** Times without a timer until `start()`: till then what is due happens when one settles. */
export function createAlertTimes(options: { clock: Clock; onDue: (found: AlertCase) => void }): AlertTimes {
  const { clock, onDue } = options;
  const heap = createDueHeap<{ found: AlertCase; dueMs: number }>();
  let timer: TimerHandle | undefined;
  let armedMs = Number.POSITIVE_INFINITY;
  let isRunning = false;
  let isSettling = false;
  const disarm = (): void => {
    if (timer !== undefined) clock.clearTimeout(timer);
    timer = undefined;
    armedMs = Number.POSITIVE_INFINITY;
  };
  const arm = (): void => {
    if (!isRunning || isSettling || heap.firstMs >= armedMs) return;
    disarm();
    armedMs = heap.firstMs;
    timer = clock.setTimeout(
      () => {
        disarm();
        settle();
        // A timer counts whole milliseconds and may come a moment too early: then nothing was due yet.
        arm();
      },
      Math.max(0, armedMs - clock.monotonic()),
    );
  };
  const settle = (): void => {
    const nowMs = clock.monotonic();
    // A listener that reads the book while something is due would come here again.
    if (isSettling || heap.firstMs > nowMs) return;
    isSettling = true;
    while (heap.firstMs <= nowMs) takeDue(heap.shift(), onDue);
    isSettling = false;
    arm();
  };
  return {
    wake: (found, afterMs) => {
      const dueMs = clock.monotonic() + afterMs;
      if (found.wakeMs <= dueMs) return;
      found.wakeMs = dueMs;
      heap.push(dueMs, { found, dueMs });
      arm();
    },
    settle,
    start: () => {
      isRunning = true;
      settle();
      arm();
    },
    stop: () => {
      isRunning = false;
      disarm();
    },
  };
}

/** An entry that a later, earlier wish has overtaken is void: the alert was looked at then and asked anew. */
function takeDue(
  entry: { found: AlertCase; dueMs: number } | undefined,
  onDue: (found: AlertCase) => void,
): void {
  if (entry === undefined || entry.found.wakeMs !== entry.dueMs) return;
  entry.found.wakeMs = Number.POSITIVE_INFINITY;
  onDue(entry.found);
}
