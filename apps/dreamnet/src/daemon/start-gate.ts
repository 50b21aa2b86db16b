import type { Clock, PublishEvent, StartWait, TimerHandle } from '@dreamnet/contracts';
import type { Prerequisite } from '../config/start-plan.js';

/** Where somebody stands for those who start after it. `not_coming`: stopped, done, or it cannot start as things are. */
export type StartState = 'ready' | 'coming' | 'not_coming';

/** How a wait ended. `late`: the time was over, and these were still missing. */
export type Admission = { readonly how: 'open' | 'late' | 'cancelled'; readonly missing: readonly string[] };

export interface StartGateOptions {
  readonly clock: Clock;
  readonly publish: PublishEvent;
  readonly stateOf: (name: string) => StartState;
  /** What a name comes after. Of one that is not coming it is looked at in its place. */
  readonly afterOf: (name: string) => readonly Prerequisite[];
}

/** Lets starts through when what they come after is ready. */
export interface StartGate {
  /** Who is missing now. */
  missing(after: readonly Prerequisite[]): readonly string[];
  /**
   * Resolves when nobody of those it comes after is missing, when the time is over, or when the wait is cancelled. Whom it comes
   * after is asked at every look: a change of the fleet file may name others.
   */
  admit(name: string, waitForMs: number): Promise<Admission>;
  /** The time of one that waits counts anew; nothing happens when it does not wait. */
  prolong(name: string, waitForMs: number): void;
  /** Ends the wait of a name, if it waits: somebody decided otherwise. */
  cancel(name: string): void;
  waitOf(name: string): StartWait | undefined;
  /** Something changed that may have made somebody ready. */
  look(): void;
  stop(): void;
}

interface Waiting {
  readonly since: number;
  readonly sinceMs: number;
  until: number;
  timer: TimerHandle;
  missing: readonly string[];
  readonly settle: (admission: Admission) => void;
}

/** Nobody waits at first. */
export function createStartGate(options: StartGateOptions): StartGate {
  return new Gate(options);
}

class Gate implements StartGate {
  readonly #options: StartGateOptions;
  readonly #waiting = new Map<string, Waiting>();

  constructor(options: StartGateOptions) {
    this.#options = options;
  }

  missing(after: readonly Prerequisite[]): readonly string[] {
    return this.#missing(after, new Set());
  }

  admit(name: string, waitForMs: number): Promise<Admission> {
    this.cancel(name);
    const missing = this.#missingOf(name);
    if (missing.length === 0) return Promise.resolve({ how: 'open', missing });
    if (waitForMs <= 0) return Promise.resolve({ how: 'late', missing });
    const { clock, publish } = this.#options;
    const since = clock.now();
    const until = since + waitForMs;
    publish('start.delayed', name, { for: missing, until });
    return new Promise((resolve) => {
      this.#waiting.set(name, {
        ...{ since, until, missing, sinceMs: clock.monotonic() },
        timer: this.#limit(name, waitForMs),
        settle: resolve,
      });
    });
  }

  prolong(name: string, waitForMs: number): void {
    const waiting = this.#waiting.get(name);
    if (!waiting) return;
    const { clock } = this.#options;
    clock.clearTimeout(waiting.timer);
    waiting.until = clock.now() + waitForMs;
    waiting.timer = this.#limit(name, waitForMs);
  }

  cancel(name: string): void {
    this.#settle(name, 'cancelled');
  }

  waitOf(name: string): StartWait | undefined {
    const waiting = this.#waiting.get(name);
    return waiting && { for: waiting.missing, since: waiting.since, until: waiting.until };
  }

  look(): void {
    for (const [name, waiting] of this.#waiting) {
      waiting.missing = this.#missingOf(name);
      if (waiting.missing.length === 0) this.#settle(name, 'open');
    }
  }

  stop(): void {
    for (const name of [...this.#waiting.keys()]) this.cancel(name);
  }

  #limit(name: string, waitForMs: number): TimerHandle {
    return this.#options.clock.setTimeout(() => this.#settle(name, 'late'), waitForMs);
  }

  #missingOf(name: string): readonly string[] {
    return this.missing(this.#options.afterOf(name));
  }

  #settle(name: string, how: Admission['how']): void {
    const waiting = this.#waiting.get(name);
    if (!waiting) return;
    const { clock, publish } = this.#options;
    this.#waiting.delete(name);
    clock.clearTimeout(waiting.timer);
    const missing = how === 'open' ? [] : waiting.missing;
    publish('start.released', name, { waitedMs: Math.round(clock.monotonic() - waiting.sinceMs), missing });
    waiting.settle({ how, missing });
  }

  /** One that is not coming is stood in for by what it comes after itself, so that an order has no holes. */
  #missing(after: readonly Prerequisite[], seen: Set<string>): readonly string[] {
    const { stateOf, afterOf } = this.#options;
    const missing: string[] = [];
    for (const { name, anyOf } of after) {
      const states = anyOf.map(stateOf);
      if (states.includes('ready')) continue;
      if (states.includes('coming')) missing.push(name);
      else
        for (const one of anyOf)
          if (!seen.has(one)) {
            seen.add(one);
            missing.push(...this.#missing(afterOf(one), seen));
          }
    }
    return [...new Set(missing)];
  }
}
