import type { Clock, StopAccount, StopManner, StopRung, StopStep } from '@dreamnet/contracts';
import { signalOf } from './ladder.js';
import { stopSummary } from './stop-summary.js';

/** What must survive the supervisor's death of a stop under way. Times are epoch ms. */
export interface StoredStop {
  readonly at: number;
  /** When it is killed. */
  readonly untilAt: number;
  readonly steps: readonly StopStep[];
}

export interface StopLogOptions {
  readonly clock: Clock;
  readonly manner: StopManner;
  /** Called after each rung began or was over. */
  readonly onStep: () => void;
  /** What an earlier supervisor had done of it. */
  readonly resumed?: StoredStop;
}

/** Writes down a stop while it is carried out. */
export class StopLog {
  readonly #clock: Clock;
  readonly #manner: StopManner;
  readonly #onStep: () => void;
  readonly #resumed: StoredStop | undefined;
  readonly #at: number;
  readonly #startedMs: number;
  readonly #steps: StopStep[];
  #isOpen: boolean;
  #isProven = false;
  /** ms after the stop began; it went on no longer. */
  #endedMs: number | undefined;

  constructor({ clock, manner, onStep, resumed }: StopLogOptions) {
    this.#clock = clock;
    this.#manner = manner;
    this.#onStep = onStep;
    this.#resumed = resumed;
    const now = clock.now();
    this.#at = resumed?.at ?? now;
    this.#startedMs = clock.monotonic() - (resumed ? Math.max(0, now - resumed.at) : 0);
    this.#steps = [...(resumed?.steps ?? [])];
    this.#isOpen = resumed !== undefined && this.#steps.length > 0;
  }

  get at(): number {
    return this.#at;
  }

  get steps(): readonly StopStep[] {
    return this.#steps;
  }

  /** Had an earlier supervisor climbed it already? A signal that asks twice is an order to some programs. */
  wasAsked(rung: StopRung): boolean {
    return this.#resumed?.steps.some((step) => step.rung === rung) ?? false;
  }

  begin(rung: StopRung, asked: number): void {
    const last = this.#steps.at(-1);
    // What was begun by the supervisor before goes on.
    if (this.#isOpen && last?.rung === rung) return;
    this.#close(asked);
    const afterMs = this.#elapsedMs();
    this.#steps.push({ rung, signal: signalOf(rung, this.#manner), afterMs, tookMs: 0, asked, left: asked });
    this.#isOpen = true;
    this.#onStep();
  }

  /** @param asked Of the kill, which finds more while it goes on: how many there were in all. */
  end(left: number, asked?: number): void {
    this.#close(left, asked);
    this.#onStep();
  }

  /** A last look has found nothing. @param endedAt Epoch ms, where it is known that the main process had ended before. */
  prove(endedAt?: number): void {
    if (endedAt !== undefined) this.#endedMs = Math.max(0, Math.round(endedAt - this.#at));
    this.#close(0);
    this.#isProven = true;
  }

  /** As far as it is: of a rung under way, what is known when the main process ends. */
  account(): StopAccount {
    const steps = [...this.#steps];
    const last = steps.at(-1);
    if (this.#isOpen && last)
      steps[steps.length - 1] = { ...last, ...this.#took(last), left: Math.max(0, last.asked - 1) };
    const how = { steps, isProven: this.#isProven, isResumed: this.#resumed !== undefined };
    return { at: this.#at, tookMs: this.#elapsedMs(), ...how, summary: stopSummary(how) };
  }

  #close(left: number, asked?: number): void {
    const last = this.#steps.at(-1);
    if (!this.#isOpen || !last) return;
    this.#steps[this.#steps.length - 1] = {
      ...last,
      ...this.#took(last),
      left,
      ...(asked !== undefined && { asked }),
    };
    this.#isOpen = false;
  }

  #took({ afterMs }: StopStep): { tookMs: number } {
    return { tookMs: Math.max(0, this.#elapsedMs() - afterMs) };
  }

  #elapsedMs(): number {
    return this.#endedMs ?? Math.round(this.#clock.monotonic() - this.#startedMs);
  }
}
