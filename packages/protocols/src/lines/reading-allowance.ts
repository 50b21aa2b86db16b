import type { Clock } from '@dreamnet/contracts';

/**
 * How much work a program may make by what it writes unasked. A unit is what it takes to pass over one line that is no message, some
 * 200 ns.
 */
export interface ReadingAllowance {
  /** Is it used up for now? */
  isSpent(): boolean;
  /** More than is left makes a debt. */
  spend(units: number): void;
  /** A question was sent: what comes on the way to its answer is no flood. */
  earn(): void;
}

/** A burst of 10,000 notifications fits, or 100,000 lines of a log. */
const MOST_UNITS = 100_000;
/** As much as comes back in time: 20,000 lines of a log or 2,000 notifications a second, half a percent of a processor. */
const UNITS_PER_MS = 20;
/** For each question: what lies in a full pipe before the answer, some 300 KiB of a log. */
const UNITS_PER_QUESTION = 50_000;

/** It belongs to the stream and not to whoever reads it: who connects anew does not pay off what was written. */
const allowances = new WeakMap<object, ReadingAllowance>();

/** The allowance of a stream, full at first. */
export function allowanceOf(stream: object, clock: Pick<Clock, 'monotonic'>): ReadingAllowance {
  const known = allowances.get(stream);
  if (known) return known;
  const made = createAllowance(clock);
  allowances.set(stream, made);
  return made;
}

function createAllowance(clock: Pick<Clock, 'monotonic'>): ReadingAllowance {
  let left = MOST_UNITS;
  let atMs = clock.monotonic();
  const add = (units: number) => {
    left = Math.min(MOST_UNITS, left + units);
  };
  const lookUp = () => {
    const nowMs = clock.monotonic();
    add((nowMs - atMs) * UNITS_PER_MS);
    atMs = nowMs;
  };
  return {
    isSpent: () => {
      if (left <= 0) lookUp();
      return left <= 0;
    },
    spend: (units) => {
      // Before it is used up: what came back meanwhile counts up to the most there can be.
      if (left <= units) lookUp();
      left -= units;
    },
    earn: () => {
      lookUp();
      add(UNITS_PER_QUESTION);
    },
  };
}
