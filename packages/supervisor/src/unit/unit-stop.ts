import { holdOpen } from '../hold-open.js';
import { UNKNOWN_END } from '../run.js';
import { endUnitTree } from '../tree/unit-tree.js';
import type { UnitExits } from './unit-exits.js';
import type { UnitStarts } from './unit-starts.js';
import type { UnitState } from './unit-state.js';

/** Stopping one process: its pending start, then its whole tree. */
export class UnitStop {
  readonly #state: UnitState;
  readonly #starts: UnitStarts;
  readonly #exits: UnitExits;
  #underWay: Promise<void> | null = null;
  #untilMs = 0;

  constructor(state: UnitState, starts: UnitStarts, exits: UnitExits) {
    this.#state = state;
    this.#starts = starts;
    this.#exits = exits;
  }

  /** Settles with the stop under way; null when there is none. */
  get underWay(): Promise<void> | null {
    return this.#underWay;
  }

  /**
   * Ends the whole tree; a second call while it goes on may only shorten the deadline.
   *
   * @throws DN_SUPERVISOR_TREE_SURVIVES
   */
  stop(deadlineMs: number): Promise<void> {
    const untilMs = this.#state.around.clock.monotonic() + deadlineMs;
    if (this.#underWay) {
      this.#untilMs = Math.min(this.#untilMs, untilMs);
      return this.#underWay;
    }
    if (this.#state.phase === 'idle') return Promise.resolve();
    this.#untilMs = untilMs;
    // Refused only when an earlier stop failed and left it stopping: then this is another try.
    if (this.#state.phase !== 'stopping') this.#cancelStart();
    const letGo = holdOpen();
    this.#underWay = this.#endAll().finally(() => {
      this.#underWay = null;
      letGo();
    });
    return this.#underWay;
  }

  #cancelStart(): void {
    this.#state.timer.clear();
    this.#starts.drop();
    this.#state.step('stop');
    this.#starts.cancel();
  }

  async #endAll(): Promise<void> {
    await this.#starts.settled();
    const { run, around, kit, spec, generation, isReleased } = this.#state;
    const leftMs = () => this.#untilMs - around.clock.monotonic();
    const tree = { processId: spec.id, run, kit: kit.current, leftMs };
    await endUnitTree({ ...tree, newestGeneration: generation, isReleased }, around);
    if (run && !run.isOver) this.#exits.record(run, around.exits.find(run.identity) ?? UNKNOWN_END);
    this.#state.kit.close();
    this.#state.step('gone');
    await around.writer.flush();
  }
}
