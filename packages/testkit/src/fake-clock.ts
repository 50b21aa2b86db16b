import type { Clock } from '@dreamnet/contracts';

/** A clock that stands still until a test moves it. */
export interface FakeClock extends Clock {
  /** Moves time on, firing due timers in order; between two timers pending promises get to run. */
  advance(byMs: number): Promise<void>;
  /** Moves the wall clock only, as an NTP step does; timers and `monotonic` do not notice. */
  jump(byMs: number): void;
  readonly pendingTimers: number;
}

interface Timer {
  dueMs: number;
  order: number;
  callback: () => void;
}

/**
 * @param startAt Epoch ms of the first `now()`.
 */
export function createFakeClock(startAt = 1_700_000_000_000): FakeClock {
  const timers = new Set<Timer>();
  let monotonicMs = 0;
  let offsetMs = startAt;
  let order = 0;
  const nextDue = (untilMs: number): Timer | undefined => {
    let first: Timer | undefined;
    for (const timer of timers) {
      if (timer.dueMs > untilMs) continue;
      if (!first || timer.dueMs < first.dueMs || (timer.dueMs === first.dueMs && timer.order < first.order))
        first = timer;
    }
    return first;
  };
  return {
    now: () => offsetMs + monotonicMs,
    monotonic: () => monotonicMs,
    setTimeout: (callback, delayMs) => {
      order += 1;
      const timer: Timer = { dueMs: monotonicMs + Math.max(0, delayMs), order, callback };
      timers.add(timer);
      return timer;
    },
    clearTimeout: (handle) => {
      timers.delete(handle as Timer);
    },
    advance: async (byMs) => {
      const untilMs = monotonicMs + byMs;
      await settlePromises();
      for (let timer = nextDue(untilMs); timer; timer = nextDue(untilMs)) {
        timers.delete(timer);
        monotonicMs = timer.dueMs;
        timer.callback();
        await settlePromises();
      }
      monotonicMs = untilMs;
      await settlePromises();
    },
    jump: (byMs) => {
      offsetMs += byMs;
    },
    get pendingTimers() {
      return timers.size;
    },
  };
}

/** Lets every promise that can settle without time passing do so. */
async function settlePromises(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
