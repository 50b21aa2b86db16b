import type { Clock, TimerHandle } from '@dreamnet/contracts';

/** Runs of members that are waited for to be long enough: one a member, however often it is started anew. */
export class SettlingRuns {
  readonly #clock: Pick<Clock, 'setTimeout' | 'clearTimeout'>;
  readonly #runs = new Map<string, { identity: string; timer: TimerHandle }>();

  constructor(clock: Pick<Clock, 'setTimeout' | 'clearTimeout'>) {
    this.#clock = clock;
  }

  /** Takes the place of an earlier run of the same member; one that is waited for already is left alone. */
  wait({ id, identity, leftMs }: { id: string; identity: string; leftMs: number }, onOver: () => void): void {
    const known = this.#runs.get(id);
    if (known?.identity === identity) return;
    if (known) this.#clock.clearTimeout(known.timer);
    const timer = this.#clock.setTimeout(
      () => {
        this.#runs.delete(id);
        onOver();
      },
      Math.max(0, leftMs),
    );
    this.#runs.set(id, { identity, timer });
  }

  /** Nothing is waited for any more. */
  stop(): void {
    for (const { timer } of this.#runs.values()) this.#clock.clearTimeout(timer);
    this.#runs.clear();
  }
}
