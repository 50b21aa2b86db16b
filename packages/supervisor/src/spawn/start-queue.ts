import type { Clock } from '@dreamnet/contracts';

/** A start that waits for its turn; cancelling one that has begun does nothing. */
export interface QueuedStart {
  cancel(): void;
}

export interface StartQueueOptions {
  readonly clock: Clock;
  /** Most processes that may be starting up at once. */
  readonly limit: number;
}

/**
 * How long a process counts as starting up: the time a Node process takes to load on a busy machine. Until it
 * is over, or the process is ready, it holds one place.
 */
const START_UP_MS = 100;

/**
 * Spaces starts out: `spawn()` blocks the event loop for about 25 ms per Node child, so at most one start per
 * turn of the loop and `limit` starting up at once. A crash restart goes first and needs no place.
 */
export class StartQueue {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #waiting: (() => void)[] = [];
  readonly #urgent: (() => void)[] = [];
  #startingUp = 0;
  #isTurnUsed = false;

  constructor({ clock, limit }: StartQueueOptions) {
    this.#clock = clock;
    this.#limit = Math.max(1, limit);
  }

  /**
   * Takes this turn of the event loop for a crash restart, which then happens synchronously.
   *
   * @returns false when the turn is used: enqueue it instead.
   */
  takeTurn(): boolean {
    if (this.#isTurnUsed || this.#urgent.length > 0) return false;
    this.#useTurn();
    return true;
  }

  /** Runs the start when its turn has come; never synchronously. */
  enqueue(start: () => void, { isUrgent }: { isUrgent: boolean }): QueuedStart {
    const line = isUrgent ? this.#urgent : this.#waiting;
    line.push(start);
    setImmediate(() => this.#next());
    return {
      cancel: () => {
        const at = line.indexOf(start);
        if (at >= 0) line.splice(at, 1);
      },
    };
  }

  #next(): void {
    if (this.#isTurnUsed) return;
    const start =
      this.#urgent.shift() ?? (this.#startingUp < this.#limit ? this.#waiting.shift() : undefined);
    if (!start) return;
    this.#useTurn();
    start();
  }

  #useTurn(): void {
    this.#isTurnUsed = true;
    this.#startingUp += 1;
    setImmediate(() => {
      this.#isTurnUsed = false;
      this.#next();
    });
    this.#clock.setTimeout(() => {
      this.#startingUp -= 1;
      this.#next();
    }, START_UP_MS);
  }
}
