import type { ProcessIdentity, ProcessUsage, SparePhase, SpareSpec, SpareView } from '@dreamnet/contracts';
import { backoffDelay, step } from '@dreamnet/kit';
import type { Survivor } from '../adoption/find-survivors.js';
import { AttemptTimer } from '../attempt-timer.js';
import type { KitPlace } from '../launch-kit.js';
import { ageMs, signalProcess } from '../linux/process-identity.js';
import { adoptRun, beforeStart, type Run, type RunEnd, runStart } from '../run.js';
import type { UnitState } from '../unit/unit-state.js';
import { canRun, endSpare, releaseSpare, type SpareRun, spareUsage } from './spare-run.js';
import { type SpareStart, startSpare } from './spare-start.js';
import { SPARE_STATES, type SpareEvent } from './spare-states.js';
import { SpareWatch } from './spare-watch.js';
import { TurnLine } from './turn-line.js';

/** Whom the keeper tells of the ends of spares that have taken over. */
export type OnServingEnd = (run: Run, end: RunEnd, isHeld: boolean) => void;

/** One that has waited so long was a good one: its end is a first failure again. */
const STEADY_MS = 10_000;
/** How long one that was given its turn may take to read so. A busy machine lets a process wait for a second. */
const TAKES_TURN_MS = 3000;

/** The spare of one process: at most one at any time, started when the process serves. */
export class SpareKeeper {
  readonly #state: UnitState;
  readonly #onServingEnd: OnServingEnd;
  readonly #retry: AttemptTimer;
  readonly #watch: SpareWatch;
  readonly #serving = new WeakSet<Run>();
  #phase: SparePhase = 'off';
  #wanted: SpareSpec | null = null;
  #start: SpareStart | null = null;
  #spare: SpareRun | null = null;
  #ending: Promise<void> | null = null;
  /** The run beside which one may be started. */
  #besides: Run | null = null;
  #waitingSince: number | null = null;
  #takeovers = 0;
  #failures = 0;
  #problem: string | null = null;

  constructor(state: UnitState, onServingEnd: OnServingEnd) {
    this.#state = state;
    this.#onServingEnd = onServingEnd;
    this.#retry = new AttemptTimer(state.around.clock);
    this.#watch = new SpareWatch(state.around.clock, {
      onWaits: () => this.#waits(),
      onUnfit: (problem) => this.#refuse(problem),
      onHung: (problem) => this.#fail(problem, { mustEnd: true }),
    });
  }

  /** undefined when none is wanted. */
  get view(): SpareView | undefined {
    if (!this.#wanted) return undefined;
    const run = this.#spare?.run;
    return {
      phase: this.#phase,
      identity: run?.identity ?? null,
      startedAt: run?.startedAt ?? null,
      waitingSince: this.#waitingSince,
      takeovers: this.#takeovers,
      failures: this.#failures,
      nextAttemptAt: this.#retry.dueAt,
      problem: this.#problem,
    };
  }

  /** Of the process that waits; null when there is none. */
  get identity(): ProcessIdentity | null {
    return this.#spare?.run.identity ?? null;
  }

  get generation(): number | null {
    return this.#spare?.run.generation ?? null;
  }

  get isWanted(): boolean {
    return this.#wanted !== null && this.#state.spec.stdio === 'log';
  }

  get usage(): ProcessUsage | undefined {
    return this.#spare ? spareUsage(this.#spare) : undefined;
  }

  /** Whether one is wanted from now on; one that runs and is not wanted any more ends. */
  want(wanted: SpareSpec | null): void {
    this.#wanted = wanted;
    if (!this.isWanted) void this.end();
    else if (this.#state.run) this.runsNow(this.#state.run);
    this.mayStart();
  }

  /** A process serves, or has run for as long as is asked of it: now one may be started beside it. */
  servesNow(run: Run): void {
    this.#besides = run;
    this.mayStart();
  }

  /** A process runs; one that nothing is asked of counts as serving after a while. */
  runsNow(run: Run): void {
    const afterMs = this.#wanted?.afterMs ?? null;
    if (afterMs === null) return;
    this.#state.around.clock.setTimeout(() => {
      if (this.#state.run === run) this.servesNow(run);
    }, afterMs);
  }

  /** Starts one if everything is as it must be. */
  mayStart(): void {
    const { run, phase, around, isReleased } = this.#state;
    if (!this.isWanted || !around.maySpare() || isReleased) return;
    if (phase !== 'running' || run === null || run !== this.#besides || this.#ending) return;
    if (this.#phase === 'off') this.#begin('start');
  }

  /** Goes on with one that an earlier supervisor started. */
  adopt({ identity, generation }: Survivor): void {
    const { spec, around } = this.#state;
    const place: KitPlace = this.#state.kit.place === 0 ? 1 : 0;
    const line = new TurnLine(around.lines.pathOf(spec, generation));
    const kit = around.prepare(spec, { place, turnPath: line.path });
    const run = adoptRun(
      identity,
      ageMs(identity.startTicks),
      runStart(kit, around, { generation, ...beforeStart(kit, around) }),
    );
    const unwatch = around.watcher.watch(identity, (end, isHeld) => this.#ended(run, end, isHeld));
    // A turn that it was given and has not read would begin it twice.
    line.unread();
    this.#step('adopt');
    this.#runs({ run, kit, place, line, unwatch });
  }

  /**
   * Gives the spare its turn, now. What follows is the caller's: it is the process that serves.
   *
   * @returns undefined when there is none that could take it; one that was on its way is ended.
   */
  giveTurn(): SpareRun | undefined {
    const spare = this.#spare;
    const isThere = spare !== null && (this.#phase === 'waiting' || this.#phase === 'booting');
    if (!isThere || !canRun(spare) || !spare.line.giveTurn()) {
      void this.end();
      return undefined;
    }
    const hasWaited = this.#phase === 'waiting';
    this.#watch.stop();
    this.#serving.add(spare.run);
    this.#spare = null;
    this.#waitingSince = null;
    this.#failures = 0;
    this.#problem = null;
    this.#takeovers += 1;
    this.#step('take_over');
    if (hasWaited) this.#makeSureItTook(spare);
    spare.run.whenOver.push(() => spare.line.remove());
    return spare;
  }

  /** A process that an earlier supervisor left may wait for a turn that died with that one: a turn too many is nobody's. */
  giveTurnAgain(run: Run): void {
    const { spec, around } = this.#state;
    const line = new TurnLine(around.lines.pathOf(spec, run.generation));
    if (line.giveTurn()) run.whenOver.push(() => line.remove());
  }

  /** Ends it. @returns When nothing of it is left; never rejects. */
  end(): Promise<void> {
    this.#retry.clear();
    this.#watch.stop();
    this.#start?.cancel();
    this.#start = null;
    this.#waitingSince = null;
    this.#problem = null;
    this.#failures = 0;
    this.#step('cancel');
    return this.#endRun();
  }

  /** Lets go of it, for the next supervisor to adopt. */
  release(): void {
    this.#retry.clear();
    this.#watch.stop();
    this.#start?.cancel();
    if (this.#spare) releaseSpare(this.#spare);
    this.#spare = null;
  }

  #begin(event: 'start' | 'due'): void {
    this.#step(event);
    this.#start = startSpare(this.#state, {
      began: (spare) => {
        this.#start = null;
        this.#step('began');
        this.#runs(spare);
      },
      ended: (run, end, isHeld) => this.#ended(run, end, isHeld),
      failed: (problem) => {
        this.#start = null;
        this.#fail(problem);
      },
    });
  }

  #runs(spare: SpareRun): void {
    this.#spare = spare;
    this.#watch.start(spare, this.#wanted?.waitsWithinMs ?? 0);
    this.#state.save();
  }

  #waits(): void {
    const { around, spec } = this.#state;
    const spare = this.#spare;
    if (!spare) return;
    this.#step('waits');
    this.#waitingSince = around.clock.now();
    this.#problem = null;
    const bootMs = Math.round(around.clock.monotonic() - spare.run.startedMs);
    around.publish('spare.waiting', spec.id, { identity: spare.run.identity, bootMs });
  }

  #refuse(problem: string): void {
    const { around, spec } = this.#state;
    const identity = this.identity;
    this.#step('unfit');
    this.#problem = problem;
    if (identity) around.publish('spare.refused', spec.id, { identity, problem });
    void this.#endRun();
  }

  #ended(run: Run, end: RunEnd, isHeld: boolean): void {
    if (this.#serving.has(run)) this.#onServingEnd(run, end, isHeld);
    else if (this.#spare?.run === run && !this.#state.isReleased) {
      const how = end.signal === null ? `with code ${end.code ?? 'unknown'}` : `by ${end.signal}`;
      const when = this.#phase === 'waiting' ? 'while it waited' : 'before it waited';
      this.#fail(`it ended ${when}, ${how}`, { mustEnd: true });
    }
  }

  /** The next one is tried after a backoff like the process's own. */
  #fail(problem: string, { mustEnd = false } = {}): void {
    const { around, spec } = this.#state;
    const waitedMs = this.#waitingSince === null ? 0 : around.clock.now() - this.#waitingSince;
    this.#failures = waitedMs >= STEADY_MS ? 1 : this.#failures + 1;
    this.#problem = problem;
    this.#watch.stop();
    this.#waitingSince = null;
    const { identity } = this;
    const { initialMs, maxMs } = spec.restart.backoff;
    const delayMs = backoffDelay(this.#failures, { initialMs, maxMs, random: around.random });
    this.#retry.set(delayMs, () => this.#due());
    this.#step('failed');
    const retryAt = this.#retry.dueAt ?? around.clock.now();
    around.publish('spare.failed', spec.id, { identity, problem, retryAt });
    if (mustEnd) void this.#endRun();
  }

  async #due(): Promise<void> {
    await this.#ending;
    // Beside one that does not serve there is none; it is looked at again when it does.
    const { run, phase } = this.#state;
    const isFit =
      phase === 'running' && run !== null && run === this.#besides && this.#state.around.maySpare();
    if (this.#phase !== 'resting' || this.#state.isReleased) return;
    if (isFit) this.#begin('due');
    else this.#step('cancel');
  }

  #endRun(): Promise<void> {
    const spare = this.#spare;
    this.#spare = null;
    if (!spare) return this.#ending ?? Promise.resolve();
    const { spec, around } = this.#state;
    const ending = Promise.all([this.#ending, endSpare(spare, spec.id, around)])
      .catch((error: Error) => {
        this.#problem = error.message;
      })
      .then(() => {
        if (this.#ending !== ending) return;
        this.#ending = null;
        this.mayStart();
      });
    this.#ending = ending;
    this.#state.save();
    return ending;
  }

  /** One that hangs would serve nobody and never end: its end is what leads on. */
  #makeSureItTook(spare: SpareRun): void {
    this.#state.around.clock.setTimeout(() => {
      if (spare.run.isOver || this.#state.isReleased) return;
      if (spare.line.unread() === '') spare.line.remove();
      else {
        spare.run.endReason = 'it waited as a spare and did not take its turn';
        signalProcess(spare.run.identity, 'SIGKILL');
      }
    }, TAKES_TURN_MS);
  }

  #step(event: SpareEvent): void {
    const outcome = step(SPARE_STATES, this.#phase, event);
    if (outcome.ok) this.#phase = outcome.to;
  }
}
