import type { ProcessIdentity } from '@dreamnet/contracts';
import type { SpareKeeper } from '../spare/spare-keeper.js';
import type { SpareRun } from '../spare/spare-run.js';
import type { UnitStarts } from './unit-starts.js';
import type { UnitState } from './unit-state.js';

/** A spare that has its turn and is not yet known as the process that serves. */
export interface Takeover {
  readonly spare: SpareRun;
  readonly told: { readonly pid: number; readonly afterMs: number };
}

/** How a spare takes the place of the process that has ended. */
export class Takeovers {
  readonly #state: UnitState;
  readonly #starts: UnitStarts;
  readonly #keeper: SpareKeeper;
  readonly #watch: (unwatch: () => void) => void;

  /** @param watch Is handed what stops the watching of one that an earlier supervisor started. */
  constructor(
    state: UnitState,
    starts: UnitStarts,
    { keeper, watch }: { keeper: SpareKeeper; watch: (unwatch: () => void) => void },
  ) {
    this.#state = state;
    this.#starts = starts;
    this.#keeper = keeper;
    this.#watch = watch;
  }

  /**
   * Gives it the turn at once: the bookkeeping of the old run may follow.
   *
   * @param endedAt When the end was seen, epoch ms. Default: now.
   */
  begin(endedAt?: number): Takeover | undefined {
    const spare = this.#keeper.giveTurn();
    if (!spare) return undefined;
    const now = this.#state.around.clock.now();
    return {
      spare,
      told: { pid: spare.run.identity.pid, afterMs: Math.max(0, Math.round(now - (endedAt ?? now))) },
    };
  }

  /** It is the process now. The end of the old run has been recorded. */
  finish({ spare, told }: Takeover, event: 'restart' | 'due', previous: ProcessIdentity | null): void {
    const state = this.#state;
    const { run, kit, place, unwatch } = spare;
    if (state.lastExit) state.lastExit = { ...state.lastExit, spare: told };
    state.restarts += 1;
    state.timer.clear();
    state.kit.replace(kit, place, state.spec);
    state.step(event);
    if (unwatch) this.#watch(unwatch);
    this.#starts.nowRuns(run, 'spawned');
    const { identity } = run;
    state.around.publish('spare.took-over', state.spec.id, { identity, previous, afterMs: told.afterMs });
  }

  /** Nobody is to take over: what waits ends. */
  forgo(): void {
    void this.#keeper.end();
  }
}
