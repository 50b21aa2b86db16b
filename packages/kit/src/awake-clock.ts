import type { Clock, TimerHandle } from '@dreamnet/contracts';
import { shareTurns } from './loop-turn.js';

/** While anything waits, the clock looks at itself this often. */
const PULSE_MS = 500;
/** A pulse that comes so much too late was not waited for: the process did not run. */
const ASLEEP_MS = 1000;

/** So many sleeps are told apart; older ones count as one, with the last of them. */
const KEPT_SLEEPS = 32;

interface AwakeTimer {
  handle: TimerHandle;
}

interface Sleeper {
  readonly clock: Clock;
  readonly waiting: Set<AwakeTimer>;
  pulse: TimerHandle | undefined;
  lastPulseMs: number;
  asleepMs: number;
  /** Oldest first; times by the clock that does not count them. */
  readonly sleeps: { wokeMs: number; sleptMs: number }[];
}

const sleepers = new WeakMap<object, Sleeper>();

/**
 * A clock whose `monotonic` stands still while this process does not run: stopped by a signal, starved, or busy with one
 * thing for more than a second. Who measures another's silence by it does not blame them for its own sleep.
 *
 * It can tell only while a timer of its own waits; the wall clock and the callers' timers are those of the given clock,
 * and no timer comes before its time by `monotonic`.
 */
export function createAwakeClock(clock: Clock): Clock {
  const sleeper: Sleeper = {
    ...{ clock, waiting: new Set<AwakeTimer>(), pulse: undefined },
    ...{ lastPulseMs: 0, asleepMs: 0, sleeps: [] },
  };
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
  sleepers.set(awake, sleeper);
  return awake;
}

/**
 * How long this process did not run since a moment of an awake clock, ms. A sleep that ended up to a second before the moment
 * may count, for when it ended is known no better. O(1): at most 32 sleeps are looked at.
 *
 * @param sinceMs By `clock.monotonic()`.
 * @returns 0 for any other clock than that of `createAwakeClock`.
 */
export function sleptSinceMs(clock: Clock, sinceMs: number): number {
  const sleeper = sleepers.get(clock);
  if (sleeper === undefined) return 0;
  awakeMs(sleeper);
  let sleptMs = 0;
  for (const sleep of sleeper.sleeps) if (sleep.wokeMs + ASLEEP_MS >= sinceMs) sleptMs += sleep.sleptMs;
  return sleptMs;
}

function awakeMs(sleeper: Sleeper): number {
  const nowMs = sleeper.clock.monotonic();
  if (sleeper.pulse !== undefined && nowMs - sleeper.lastPulseMs > PULSE_MS + ASLEEP_MS) {
    noteSleep(sleeper, nowMs - sleeper.lastPulseMs - PULSE_MS, nowMs);
    sleeper.lastPulseMs = nowMs;
  }
  return nowMs - sleeper.asleepMs;
}

function noteSleep(sleeper: Sleeper, sleptMs: number, nowMs: number): void {
  sleeper.asleepMs += sleptMs;
  sleeper.sleeps.push({ wokeMs: nowMs - sleeper.asleepMs, sleptMs });
  if (sleeper.sleeps.length <= KEPT_SLEEPS) return;
  const oldest = sleeper.sleeps.shift();
  const next = sleeper.sleeps[0];
  if (oldest && next) next.sleptMs += oldest.sleptMs;
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
