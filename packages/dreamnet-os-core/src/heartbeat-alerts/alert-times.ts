import type { Clock } from '@dreamnet/contracts';
import { createDueQueue } from '@dreamnet/kit';
import type { AlertCase } from './alert-cases.js';

/** When which alert is looked at again; a look costs only what is due. */
export interface AlertTimes {
  /** Looks at the alert after so many ms; an earlier wish of the same alert stands. */
  wake(found: AlertCase, afterMs: number): void;
  /** Lets happen what is due by now; a listener that reads the book meanwhile does not come here again. */
  settle(): void;
  start(): void;
  stop(): void;
}

/** Times without a timer until `start()`: till then what is due happens when one settles. */
export function createAlertTimes(options: { clock: Clock; onDue: (found: AlertCase) => void }): AlertTimes {
  const { clock, onDue } = options;
  const take = (found: AlertCase, { dueMs }: { dueMs: number }): void => {
    // A wish that a later, earlier one has overtaken is void: the alert was looked at then and asked anew.
    if (found.wakeMs !== dueMs) return;
    found.wakeMs = Number.POSITIVE_INFINITY;
    onDue(found);
  };
  const queue = createDueQueue<AlertCase>(clock, take, { isStopped: true });
  return {
    wake: (found, afterMs) => {
      const dueMs = clock.monotonic() + afterMs;
      if (found.wakeMs <= dueMs) return;
      found.wakeMs = dueMs;
      queue.push(dueMs, found);
    },
    settle: queue.settle,
    start: () => {
      queue.settle();
      queue.start();
    },
    stop: queue.stop,
  };
}
