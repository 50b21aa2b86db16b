import type { Clock } from '@dreamnet/contracts';
import { readProcess } from '../linux/process-table.js';

/** A start that waits for its turn; cancelling one that has begun does nothing. */
export interface QueuedStart {
  cancel(): void;
}

export interface StartQueueOptions {
  readonly clock: Clock;
  /** Most processes that may be starting up at once. */
  readonly limit: number;
  /** Whether a process uses the machine at this moment. Default: the kernel says that it runs or waits for the disk. */
  readonly isBusy?: (pid: number) => boolean;
}

/** Asks for a process. @returns Its pid; undefined when it came to none. */
export type Start = () => Promise<number | undefined>;

export interface EnqueueOptions {
  /** A crash restart: it goes first and needs no place. */
  readonly isUrgent: boolean;
  /** Asked when its turn has come: whether it stops the event loop. */
  readonly isBlocking: () => boolean;
}

/**
 * Longest time a process counts as starting up: what a Node process takes to load on a busy machine. Until it is over, or
 * the process was seen to wait twice in a row, it holds one place.
 */
const START_UP_MS = 100;
/** A small program waits within a millisecond of its start; a look costs 15 µs for each that starts up. */
const LOOK_EVERY_MS = 2;
/** A program that loads waits now and then, but not for long. */
const LOOKS_AT_REST = 2;

interface Waiting {
  readonly start: Start;
  readonly isBlocking: () => boolean;
}

interface StartingUp {
  pid: number | undefined;
  readonly untilMs: number;
  looksAtRest: number;
}

/**
 * Spaces starts out: `limit` starting up at once, and of those that block the event loop (a `spawn()` of Node's may take 25 ms)
 * at most one a turn of the loop. A crash restart goes first and needs no place.
 */
export class StartQueue {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #waiting: Waiting[] = [];
  readonly #urgent: Waiting[] = [];
  readonly #isBusy: (pid: number) => boolean;
  #startingUp: StartingUp[] = [];
  #isLooking = false;
  #isTurnUsed = false;

  constructor({ clock, limit, isBusy = usesMachine }: StartQueueOptions) {
    this.#clock = clock;
    this.#isBusy = isBusy;
    this.#limit = Math.max(1, limit);
  }

  /**
   * Takes this turn of the event loop for a crash restart, which then happens synchronously.
   *
   * @returns false when the turn is used: enqueue it instead.
   */
  takeTurn(isBlocking: boolean): boolean {
    if (this.#urgent.length > 0 || (isBlocking && this.#isTurnUsed)) return false;
    if (isBlocking) this.#useTurn();
    this.#holdPlace();
    return true;
  }

  /** Runs the start when its turn has come; never synchronously. */
  enqueue(start: Start, { isUrgent, isBlocking }: EnqueueOptions): QueuedStart {
    const line = isUrgent ? this.#urgent : this.#waiting;
    const waiting = { start, isBlocking };
    line.push(waiting);
    setImmediate(() => this.#next());
    return {
      cancel: () => {
        const at = line.indexOf(waiting);
        if (at >= 0) line.splice(at, 1);
      },
    };
  }

  #next(): void {
    while (!this.#isTurnUsed) {
      const isRoom = this.#startingUp.length < this.#limit;
      const next = this.#urgent.shift() ?? (isRoom ? this.#waiting.shift() : undefined);
      if (!next) return;
      if (next.isBlocking()) this.#useTurn();
      const place = this.#holdPlace();
      void next.start().then((pid) => {
        place.pid = pid;
      });
    }
  }

  #useTurn(): void {
    this.#isTurnUsed = true;
    setImmediate(() => {
      this.#isTurnUsed = false;
      this.#next();
    });
  }

  #holdPlace(): StartingUp {
    const place = { pid: undefined, untilMs: this.#clock.monotonic() + START_UP_MS, looksAtRest: 0 };
    this.#startingUp.push(place);
    if (!this.#isLooking) this.#lookSoon();
    return place;
  }

  #lookSoon(): void {
    this.#isLooking = true;
    this.#clock.setTimeout(() => {
      this.#isLooking = false;
      const nowMs = this.#clock.monotonic();
      this.#startingUp = this.#startingUp.filter((one) => this.#isStartingUp(one, nowMs));
      if (this.#startingUp.length > 0) this.#lookSoon();
      this.#next();
    }, LOOK_EVERY_MS);
  }

  #isStartingUp(one: StartingUp, nowMs: number): boolean {
    if (nowMs >= one.untilMs) return false;
    // Whether the next starts depends on it only while one waits.
    if (one.pid === undefined || this.#waiting.length === 0) return true;
    one.looksAtRest = this.#isBusy(one.pid) ? 0 : one.looksAtRest + 1;
    return one.looksAtRest < LOOKS_AT_REST;
  }
}

/** R runs or could, D waits for the disk: what it then does with the machine is not over. */
function usesMachine(pid: number): boolean {
  const state = readProcess(pid)?.state;
  return state === 'R' || state === 'D';
}
