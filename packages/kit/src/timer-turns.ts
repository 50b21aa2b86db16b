import type { Clock } from '@dreamnet/contracts';
import { createTurnEnd } from './turn-end.js';

/** Fires timers that are due, so many a turn of the event loop as there is time for. */
export interface TimerTurns {
  /** Runs the callback now, or in one of the next turns. */
  due(timer: object, callback: () => void): void;
  /** Its callback does not run any more. */
  forget(timer: object): void;
}

/**
 * 200 agents that crash together have 200 timers that are due together a moment later, and Node fires them all before it
 * reads a single byte: up to 80 ms of processor time.
 */
const TURN_MS = 10;

/** No timer is due yet. */
export function createTimerTurns(clock: Pick<Clock, 'monotonic'>): TimerTurns {
  const late = new Map<object, () => void>();
  const turnEnd = createTurnEnd(TURN_MS);
  const isOver = () => {
    const nowMs = clock.monotonic();
    return nowMs >= turnEnd(nowMs);
  };
  // Each in an immediate of its own: what its callback set off (promises) is over before the time is looked at again.
  const fire = (timer: object) => {
    const callback = late.get(timer);
    if (!callback) return;
    if (isOver()) {
      setImmediate(fire, timer);
      return;
    }
    late.delete(timer);
    callback();
  };
  return {
    due: (timer, callback) => {
      if (late.size === 0 && !isOver()) {
        callback();
        return;
      }
      late.set(timer, callback);
      setImmediate(fire, timer);
    },
    forget: (timer) => {
      late.delete(timer);
    },
  };
}
