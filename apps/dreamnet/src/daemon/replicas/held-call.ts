import type { Clock } from '@dreamnet/contracts';

/** How long a call is held, and what it is told when nobody lets it go before. */
export interface HoldOptions<T> {
  clock: Clock;
  waitMs: number;
  /** Whoever called: aborted when it is gone. */
  signal: AbortSignal;
  /** What to settle with when the time is over. */
  late: () => T;
  /** What to settle with when whoever called is gone: nobody reads it. */
  gone: () => T;
  /** Called once, at the moment it is settled, before anybody who waits for `settled` goes on. */
  onSettled: (value: T) => void;
}

/** A call that waits for its turn, or for somebody to go to. */
export interface HeldCall<T> {
  settled: Promise<T>;
  /** Ends the wait; only the first time counts. */
  settle(value: T): void;
}

/** Holds a call from now on. Its caller must still be there: `signal` is heard of, not asked. */
export function holdCall<T>(options: HoldOptions<T>): HeldCall<T> {
  const { clock, waitMs, signal, late, gone, onSettled } = options;
  let isSettled = false;
  let resolve: (value: T) => void;
  const settled = new Promise<T>((done) => {
    resolve = done;
  });
  const settle = (value: T) => {
    if (isSettled) return;
    isSettled = true;
    clock.clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
    onSettled(value);
    resolve(value);
  };
  const giveUp = () => settle(gone());
  const timer = clock.setTimeout(() => settle(late()), waitMs);
  signal.addEventListener('abort', giveUp, { once: true });
  return { settled, settle };
}
