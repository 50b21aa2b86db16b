import { holdOpen } from '../hold-open.js';
import { UNKNOWN_END } from '../run.js';
import { StopLog, type StoredStop } from '../stop/stop-log.js';
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
   * @param resumed The stop that an earlier supervisor had begun.
   * @throws DN_SUPERVISOR_TREE_SURVIVES
   */
  stop(deadlineMs: number, resumed?: StoredStop): Promise<void> {
    const state = this.#state;
    const untilMs = state.around.clock.monotonic() + deadlineMs;
    if (this.#underWay) {
      if (untilMs < this.#untilMs) this.#hurry(untilMs, deadlineMs);
      return this.#underWay;
    }
    if (state.phase === 'idle') return Promise.resolve();
    this.#untilMs = untilMs;
    this.#begin(deadlineMs, resumed);
    // Refused only when an earlier stop failed and left it stopping: then this is another try.
    if (state.phase !== 'stopping') this.#cancelStart();
    this.#underWay = holdOpen(() => this.#endAll()).finally(() => {
      this.#underWay = null;
    });
    return this.#underWay;
  }

  /** A stop that an earlier supervisor had begun, and that is over: nothing is left to end. @param record Tells the exit. */
  noteDone(
    stopped: StoredStop,
    { endedAt, record }: { endedAt: number | undefined; record: () => void },
  ): void {
    this.#begin(0, stopped);
    const log = this.#state.stopping?.log;
    log?.prove(endedAt);
    record();
    this.#state.stopping = null;
    this.#state.save();
    if (log) this.#state.around.publish('process.stopped', this.#state.spec.id, { stop: log.account() });
  }

  #begin(deadlineMs: number, resumed: StoredStop | undefined): void {
    const state = this.#state;
    const { clock } = state.around;
    const manner = state.spec.stop ?? {};
    const log = new StopLog({ clock, manner, onStep: () => state.save(), ...(resumed && { resumed }) });
    state.stopping = { log, untilAt: clock.now() + deadlineMs };
  }

  #hurry(untilMs: number, deadlineMs: number): void {
    const state = this.#state;
    this.#untilMs = untilMs;
    if (!state.stopping) return;
    state.stopping = { ...state.stopping, untilAt: state.around.clock.now() + deadlineMs };
    state.save();
  }

  #cancelStart(): void {
    this.#state.timer.clear();
    this.#starts.drop();
    this.#state.step('stop');
    this.#starts.cancel();
  }

  async #endAll(): Promise<void> {
    await this.#starts.settled();
    // First, so that it cannot take over from what ends next.
    await this.#state.spare?.end();
    const { run, around, kit, spec, generation, isReleased, stopping } = this.#state;
    if (!stopping) return;
    const leftMs = () => this.#untilMs - around.clock.monotonic();
    const tree = { processId: spec.id, run, kit: kit.current, leftMs, manner: spec.stop ?? {} };
    try {
      await endUnitTree({ ...tree, newestGeneration: generation, isReleased, log: stopping.log }, around);
    } finally {
      this.#exits.noteStop();
    }
    if (run && !run.isOver) this.#exits.record(run, around.exits.find(run.identity) ?? UNKNOWN_END);
    this.#exits.noteStop();
    this.#finish(stopping.log);
    await around.writer.flush();
  }

  #finish(log: StopLog): void {
    const { kit, around, spec } = this.#state;
    kit.close();
    this.#state.stopping = null;
    this.#state.step('gone');
    if (log.steps.length > 0) around.publish('process.stopped', spec.id, { stop: log.account() });
  }
}
