import type { Clock, TimerHandle } from '@dreamnet/contracts';
import type { SpareRun } from './spare-run.js';

export interface SpareWatchListener {
  /** It has proved that it waits. */
  onWaits(): void;
  /** It has not, within the time it was given. */
  onUnfit(problem: string): void;
  /** It has stopped reading what it waits for. */
  onHung(problem: string): void;
}

/** While it boots: one system call each. */
const LOOK_EVERY_MS = 20;
/** While it waits, and so long it may leave a question unread. */
const ASK_EVERY_MS = 5000;

/** Looks whether a spare has begun to wait, and afterwards whether it still does. */
export class SpareWatch {
  readonly #clock: Clock;
  readonly #listener: SpareWatchListener;
  #timer: TimerHandle | undefined;

  constructor(clock: Clock, listener: SpareWatchListener) {
    this.#clock = clock;
    this.#listener = listener;
  }

  start(spare: Pick<SpareRun, 'line'>, withinMs: number): void {
    this.stop();
    const untilMs = this.#clock.monotonic() + withinMs;
    const look = () => {
      if (spare.line.hasReader()) {
        this.#askLater(spare);
        this.#listener.onWaits();
      } else if (this.#clock.monotonic() >= untilMs) this.#listener.onUnfit(unfit(withinMs));
      else this.#later(LOOK_EVERY_MS, look);
    };
    look();
  }

  stop(): void {
    if (this.#timer) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #askLater(spare: Pick<SpareRun, 'line'>): void {
    spare.line.ask();
    this.#later(ASK_EVERY_MS, () => {
      if (spare.line.unread() === '') this.#askLater(spare);
      else this.#listener.onHung(`it has not read its line for ${ASK_EVERY_MS / 1000} s`);
    });
  }

  #later(ms: number, look: () => void): void {
    this.#timer = this.#clock.setTimeout(look, ms);
  }
}

function unfit(withinMs: number): string {
  return `it does not know how to wait: it has not opened DREAMNET_SPARE within ${withinMs / 1000} s, and was ended`;
}
