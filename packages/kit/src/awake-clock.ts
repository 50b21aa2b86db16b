import type { Clock, TimerHandle } from '@dreamnet/contracts';
import { shareTurns } from './loop-turn.js';

/** While anything waits, the clock looks at itself this often. */
const PULSE_MS = 500;
/** A pulse that comes so much too late was not waited for: the process did not run. */
const ASLEEP_MS = 1000;

interface AwakeTimer {
  handle: TimerHandle;
}

interface Sleeper {
  readonly clock: Clock;
  readonly waiting: Set<AwakeTimer>;
  pulse: TimerHandle | undefined;
  lastPulseMs: number;
  asleepMs: number;
}

/**
 * A clock whose `monotonic` stands still while this process does not run: stopped by a signal, starved, or busy with one
 * thing for more than a second. Who measures another's silence by it does not blame them for its own sleep.
 *
 * It can tell only while a timer of its own waits; the wall clock and the callers' timers are those of the given clock,
 * and no timer comes before its time by `monotonic`.
 */
export function createAwakeClock(clock: Clock): Clock {
  const sleeper: Sleeper = { clock, waiting: new Set(), pulse: undefined, lastPulseMs: 0, asleepMs: 0 };
  const awake: Clock = {
    now: () => clock.now(),
    monotonic: () => awakeMs(sleeper),
    setTimeout: (callback, delayMs) => {
      const dueMs = awakeMs(sleeper) + Math.max(0, delayMs);
      const fire = (): void => {
        // The timer was set before a sleep that it was not to count.
        const leftMs = dueMs - awakeMs(sleeper);
        if (leftMs > 0) timer.handle = clock.setTimeout(fire, leftMs);
        else {
          sleeper.waiting.delete(timer);
          callback();
        }
      };
      const timer: AwakeTimer = { handle: clock.setTimeout(fire, delayMs) };
      sleeper.waiting.add(timer);
      beat(sleeper);
      return timer;
    },
    clearTimeout: (handle) => {
      const timer = handle as AwakeTimer;
      sleeper.waiting.delete(timer);
      clock.clearTimeout(timer.handle);
      if (sleeper.waiting.size === 0) rest(sleeper);
    },
  };
  shareTurns(awake, clock);
  return awake;
}

function awakeMs(sleeper: Sleeper): number {
  const nowMs = sleeper.clock.monotonic();
  if (sleeper.pulse !== undefined && nowMs - sleeper.lastPulseMs > PULSE_MS + ASLEEP_MS) {
    sleeper.asleepMs += nowMs - sleeper.lastPulseMs - PULSE_MS;
    sleeper.lastPulseMs = nowMs;
  }
  return nowMs - sleeper.asleepMs;
}

/** Begins to look, unless it does already. */
function beat(sleeper: Sleeper): void {
  if (sleeper.pulse !== undefined) return;
  sleeper.lastPulseMs = sleeper.clock.monotonic();
  const pulse = (): void => {
    awakeMs(sleeper);
    sleeper.pulse = undefined;
    if (sleeper.waiting.size > 0) beat(sleeper);
  };
  sleeper.pulse = sleeper.clock.setTimeout(pulse, PULSE_MS);
}

function rest(sleeper: Sleeper): void {
  if (sleeper.pulse !== undefined) sleeper.clock.clearTimeout(sleeper.pulse);
  sleeper.pulse = undefined;
}
