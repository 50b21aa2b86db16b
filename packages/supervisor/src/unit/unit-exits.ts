import { sendSignal } from '../linux/process-identity.js';
import type { Run, RunEnd } from '../run.js';
import { exitRecord } from '../run.js';
import { endStraysOf } from '../tree/unit-tree.js';
import type { RestartFollower } from './restart-follower.js';
import type { Takeover, Takeovers } from './takeovers.js';
import type { UnitStarts } from './unit-starts.js';
import type { UnitState } from './unit-state.js';

/** What was seen of an end at its time, which is before whatever was spawned since. */
interface SeenEnd {
  readonly errSize: number;
  readonly at: number;
  readonly spare?: Takeover['told'];
}

/** What happens when a run ends: what is left of it goes, the end is recorded, the next start follows. */
export class UnitExits {
  readonly #state: UnitState;
  readonly #starts: UnitStarts;
  readonly #follower: RestartFollower;
  readonly #takeovers: Takeovers;
  #unwatch: (() => void) | null = null;

  constructor(
    state: UnitState,
    starts: UnitStarts,
    { follower, takeovers }: { follower: RestartFollower; takeovers: Takeovers },
  ) {
    this.#state = state;
    this.#starts = starts;
    this.#follower = follower;
    this.#takeovers = takeovers;
  }

  /** For a process that this supervisor has not started. */
  watch(run: Run): void {
    this.#unwatch = this.#state.around.watcher.watch(run.identity, (end, isHeld) =>
      this.onExit(run, end, isHeld),
    );
  }

  /** Of one that was watched as a spare. */
  goOnWatching(unwatch: () => void): void {
    this.#unwatch = unwatch;
  }

  unwatch(): void {
    this.#unwatch?.();
    this.#unwatch = null;
  }

  /** `isHeld`: nobody has reaped it yet. */
  onExit(run: Run, end: RunEnd, isHeld: boolean): void {
    if (run.isOver || this.#state.isReleased) return;
    const told = run.endReason === undefined ? end : { ...end, reason: run.endReason };
    // Otherwise asked to stop, perhaps by whoever heard of the end before this one.
    if (this.#state.phase === 'running') this.#endedByItself(run, told, isHeld);
    else this.record(run, told);
  }

  record(run: Run, end: RunEnd, seen?: SeenEnd): void {
    const state = this.#state;
    run.isOver = true;
    this.unwatch();
    if (state.run === run) state.run = null;
    const { clock, publish, redact, hides, machine } = state.around;
    const kit = state.kit.current;
    const { errSize, at } = seen ?? { errSize: state.kit.errSize, at: clock.now() };
    const exit = exitRecord(run, end, { kit, errSize, at, redact, hides, machine });
    state.lastExit = {
      ...exit,
      ...(state.endedWith !== undefined && { endedWith: state.endedWith }),
      ...(state.stopping && { stop: state.stopping.log.account() }),
      ...(seen?.spare && { spare: seen.spare }),
    };
    run.meter.end();
    kit?.logs.noteEnd();
    publish('process.exited', state.spec.id, { identity: run.identity, exit: state.lastExit }, at);
    state.save();
    for (const tell of run.whenOver.splice(0)) tell();
  }

  /** What the stop under way came to goes with the end that it brought about, if it brought about one. */
  noteStop(): void {
    const { stopping, lastExit } = this.#state;
    if (!stopping || lastExit?.stop?.at !== stopping.log.at) return;
    this.#state.lastExit = { ...lastExit, stop: stopping.log.account() };
    this.#state.save();
  }

  #endedByItself(run: Run, end: RunEnd, isHeld: boolean): void {
    const { kit, around, spec } = this.#state;
    const seen = { errSize: kit.errSize, at: around.clock.now() };
    // What is left of the group goes first, so that nothing holds a port the next process needs.
    if (isHeld) sendSignal(-run.identity.pid, 'SIGKILL');
    else endStraysOf(run, spec.id, around.instanceId);
    const decision = this.#state.restart.afterRun(run, end);
    const isRestart = decision.do === 'restart';
    const takeover = isRestart ? this.#takeovers.begin(end.at ?? seen.at) : undefined;
    const isAtOnce = isRestart && !takeover && decision.delayMs === 0 && this.#starts.takeTurn();
    if (isAtOnce) this.#starts.attempt();
    this.record(run, end, { ...seen, ...(takeover && { spare: takeover.told }) });
    if (takeover) this.#takeovers.finish(takeover, 'restart', run.identity);
    else if (isAtOnce) {
      this.#state.restarts += 1;
      this.#state.step('restart');
    } else this.#follower.follow(decision);
    around.strays.soon({ processId: spec.id, run, isReleased: () => this.#state.isReleased });
  }
}
