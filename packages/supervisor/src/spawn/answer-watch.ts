import type { Clock, TimerHandle } from '@dreamnet/contracts';

export interface AnswerWatchOptions {
  readonly clock: Clock;
  /** Asks for a sign of life. */
  readonly ping: () => void;
  /** @param ms How long an answer has been owed without a word. */
  readonly onSilence: (ms: number) => void;
}

const LOOK_EVERY_MS = 1000;
/** Without anything owed a sign of life is asked for as often. */
const PING_EVERY_MS = 2000;
/** A machine under load lets a process wait for a second; one that is stopped is silent for ever. */
const SILENCE_MS = 3000;

/** Notices when somebody who owes an answer has fallen silent. Every word counts as a sign of life. */
export class AnswerWatch {
  readonly #options: AnswerWatchOptions;
  #timer: TimerHandle | undefined;
  #owedSinceMs: number | undefined;
  #heardMs = 0;

  constructor(options: AnswerWatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.stop();
    this.#heardMs = this.#options.clock.monotonic();
    this.#lookSoon();
  }

  stop(): void {
    if (this.#timer) this.#options.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#owedSinceMs = undefined;
  }

  /** An answer is owed from now on, unless one was already. */
  owe(): void {
    this.#owedSinceMs ??= this.#options.clock.monotonic();
  }

  /** A word came; whoever still owes another says so again. */
  heard(): void {
    this.#heardMs = this.#options.clock.monotonic();
    this.#owedSinceMs = undefined;
  }

  #lookSoon(): void {
    this.#timer = this.#options.clock.setTimeout(() => {
      this.#lookSoon();
      this.#look();
    }, LOOK_EVERY_MS);
  }

  #look(): void {
    const { clock, ping, onSilence } = this.#options;
    const nowMs = clock.monotonic();
    if (this.#owedSinceMs === undefined) {
      if (nowMs - this.#heardMs < PING_EVERY_MS) return;
      this.owe();
      ping();
    } else if (nowMs - this.#owedSinceMs >= SILENCE_MS) {
      // What has come while this program itself stood still is read first.
      setImmediate(() => {
        const sinceMs = this.#owedSinceMs;
        if (sinceMs === undefined || nowMs - sinceMs < SILENCE_MS) return;
        this.#owedSinceMs = undefined;
        onSilence(nowMs - sinceMs);
      });
    }
  }
}
