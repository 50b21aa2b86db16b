import type { Clock, TimerHandle } from '@dreamnet/contracts';

/** The one timer of an alert book: it wakes for the earliest thing that was asked for. */
export interface AlertTimes {
  /** @param afterMs Milliseconds from now; a later wish than the earliest is served by asking again then. */
  wake(afterMs: number): void;
  start(): void;
  stop(): void;
}

/** A timer that is idle until `start()`. */
export function createAlertTimes({ clock, onDue }: { clock: Clock; onDue: () => void }): AlertTimes {
  let timer: TimerHandle | undefined;
  let dueMs = Number.POSITIVE_INFINITY;
  let isRunning = false;
  const disarm = (): void => {
    if (timer !== undefined) clock.clearTimeout(timer);
    timer = undefined;
    dueMs = Number.POSITIVE_INFINITY;
  };
  return {
    wake: (afterMs) => {
      const wantedMs = clock.monotonic() + afterMs;
      if (!isRunning || wantedMs >= dueMs) return;
      disarm();
      dueMs = wantedMs;
      timer = clock.setTimeout(() => {
        disarm();
        onDue();
      }, afterMs);
    },
    start: () => {
      isRunning = true;
    },
    stop: () => {
      isRunning = false;
      disarm();
    },
  };
}
