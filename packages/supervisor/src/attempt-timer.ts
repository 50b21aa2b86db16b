import type { Clock, TimerHandle } from '@dreamnet/contracts';

/** The one timer of a process that waits for its next start. Timers may fire early, so the time is looked at again. */
export class AttemptTimer {
  readonly #clock: Clock;
  #handle: TimerHandle | undefined;
  #dueAt: number | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Epoch ms of the next attempt; null when none is waited for. */
  get dueAt(): number | null {
    return this.#dueAt;
  }

  set(delayMs: number, onDue: () => void): void {
    this.clear();
    this.#dueAt = this.#clock.now() + Math.round(delayMs);
    this.#wait(this.#clock.monotonic() + delayMs, onDue);
  }

  clear(): void {
    if (this.#handle) this.#clock.clearTimeout(this.#handle);
    this.#handle = undefined;
    this.#dueAt = null;
  }

  #wait(untilMs: number, onDue: () => void): void {
    this.#handle = this.#clock.setTimeout(() => {
      // Node's timers may be a millisecond early; that is not worth another round.
      if (untilMs - this.#clock.monotonic() > 1) this.#wait(untilMs, onDue);
      else {
        this.clear();
        onDue();
      }
    }, untilMs - this.#clock.monotonic());
  }
}
