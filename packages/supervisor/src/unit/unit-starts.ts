import { isDeepStrictEqual } from 'node:util';
import type { RestartSpec, SupervisedProcess } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import { supervisorError } from '../errors.js';
import type { LaunchKit } from '../launch-kit.js';
import type { Run, RunEnd, RunStart } from '../run.js';
import { beforeStart, beginRun, runStart } from '../run.js';
import type { StartListener } from '../spawn/process-starter.js';
import { spawnError } from '../spawn/spawn-plan.js';
import type { QueuedStart } from '../spawn/start-queue.js';
import type { UnitState } from './unit-state.js';

interface PendingLaunch {
  resolve(process: SupervisedProcess): void;
  reject(error: DreamnetError): void;
}

/** Why a start that nobody ordered must not be. */
export type RefusedStart = Extract<RestartSpec, { ok: false }>;

/** Who is told what comes of a start. */
export interface UnitStartListener {
  onExit(run: Run, end: RunEnd, isHeld: boolean): void;
  onFailed(error: DreamnetError): void;
  /** Nothing was asked for: it must not be started as things are. */
  onRefused(refusal: RefusedStart): void;
  onRuns(run: Run): void;
}

/** One start that was asked for and not answered yet. */
interface Attempt {
  readonly pid: Promise<number | undefined>;
  settle(pid?: number): void;
}

/** The starts of one process: their turn in the queue, the asking, and what comes of it. */
export class UnitStarts {
  readonly #state: UnitState;
  readonly #listener: UnitStartListener;
  #queued: QueuedStart | null = null;
  #launch: PendingLaunch | null = null;
  #attempt: Attempt | null = null;

  constructor(state: UnitState, listener: UnitStartListener) {
    this.#state = state;
    this.#listener = listener;
  }

  /** @returns Settles with a launch; for every other start it never does. */
  enqueue(event: 'launch' | 'restart' | 'due'): Promise<SupervisedProcess> {
    this.#state.timer.clear();
    this.#state.step(event);
    const launched = new Promise<SupervisedProcess>((resolve, reject) => {
      if (event === 'launch') this.#launch = { resolve, reject };
    });
    this.#enqueue({ isNew: event === 'launch', isUrgent: event === 'restart' });
    return launched;
  }

  /** Takes this turn of the event loop for a restart right now. @returns false: enqueue it instead. */
  takeTurn(): boolean {
    return this.#state.around.queue.takeTurn(this.#isBlocking());
  }

  /**
   * Asks for the next process at once: the bookkeeping of the old run may follow, since what comes of it is told later.
   *
   * @param isOrdered Somebody launched it, with what it needs.
   * @returns Its pid; undefined when there is none.
   */
  attempt({ isOrdered = false } = {}): Promise<number | undefined> {
    const attempt = createAttempt();
    this.#attempt = attempt;
    // The starts of the restart policy and of groups are counted where they are decided.
    if (isOrdered && this.#state.generation > 0) this.#state.restarts += 1;
    this.#state.generation += 1;
    const { around, spec } = this.#state;
    const renewed = isOrdered ? undefined : around.renew(spec.id);
    if (renewed) void this.#startRenewed(attempt, renewed);
    else this.#startNow(attempt);
    return attempt.pid;
  }

  async #startRenewed(attempt: Attempt, renewed: Promise<RestartSpec>): Promise<void> {
    try {
      const answer = await renewed;
      const state = this.#state;
      if (!this.#isWanted || !answer.ok) {
        attempt.settle();
        this.#over(attempt);
        if (this.#isWanted && !answer.ok) this.#listener.onRefused(answer);
        return;
      }
      const { env } = answer.spec;
      if (!isDeepStrictEqual(env, state.spec.env)) {
        state.spec = { ...state.spec, env };
        state.kit.close();
      }
      this.#startNow(attempt);
    } catch (error) {
      this.#failed(attempt, DreamnetError.from(error));
    }
  }

  #startNow(attempt: Attempt): void {
    try {
      const { kit, spec } = this.#state;
      // What a sandbox is given may have been moved by whoever ran in it: it is looked up anew, not mounted by its old name.
      if (kit.current?.isolated?.isCurrent() === false || !kit.isOf(spec)) kit.close();
      this.#start(attempt, kit.current ?? kit.renew(spec));
    } catch (error) {
      queueMicrotask(() => this.#failed(attempt, spawnError(this.#state.spec, error)));
    }
  }

  /** Resolves when every start that was asked for has been answered. */
  async settled(): Promise<void> {
    while (this.#attempt) await this.#attempt.pid;
  }

  circumstances(
    kit: LaunchKit,
    generation = this.#state.generation,
    before = beforeStart(kit, this.#state.around),
  ): RunStart {
    return runStart(kit, this.#state.around, { generation, ...before });
  }

  /** `event` leads to running; what heard of an earlier event may have stopped it meanwhile. */
  nowRuns(run: Run, event: 'spawned' | 'adopt', { isTold = true } = {}): void {
    const { spec, restart, around } = this.#state;
    this.#state.run = run;
    this.#state.step(event);
    const { identity, process } = run;
    const { attempt } = restart;
    if (isTold)
      around.publish('process.started', spec.id, { identity, attempt, isAdopted: process === null });
    this.#state.save();
    restart.noteRun();
    this.#listener.onRuns(run);
  }

  /** Takes back a start that waits for its turn; whoever launched it is told. */
  cancel(): void {
    this.drop();
    const { id } = this.#state.spec;
    this.#launch?.reject(supervisorError('DN_SUPERVISOR_START_CANCELLED', { id }));
    this.#launch = null;
  }

  /** Takes back a restart that waits for its turn. @returns false when there is none: it was asked for, or somebody launched it. */
  takeBack(): boolean {
    if (!this.#queued || this.#launch) return false;
    this.drop();
    return true;
  }

  /** Takes back a start that waits for its turn, without a word. */
  drop(): void {
    this.#queued?.cancel();
    this.#queued = null;
  }

  #enqueue({ isNew, isUrgent }: { isNew: boolean; isUrgent: boolean }): void {
    this.#queued = this.#state.around.queue.enqueue(
      () => {
        this.#queued = null;
        if (isNew) this.#state.kit.close();
        return this.attempt({ isOrdered: isNew });
      },
      { isUrgent, isBlocking: () => this.#isBlocking() },
    );
  }

  /** Before the first start nobody knows yet what it takes: the specification tells enough. */
  #isBlocking(): boolean {
    return this.#state.around.starter.isBlocking(this.#state.spec);
  }

  #start(attempt: Attempt, kit: LaunchKit): void {
    const { around, generation } = this.#state;
    const before = beforeStart(kit, around);
    let run: Run | undefined;
    const listener: StartListener = {
      began: (process) => {
        if (this.#state.isReleased) return process.release();
        run = beginRun(process, this.circumstances(kit, generation, before));
        attempt.settle(process.pid);
        this.#began(attempt, run);
      },
      ended: (end, isHeld) => {
        if (run) this.#listener.onExit(run, end, isHeld);
      },
      failed: (error) => this.#failed(attempt, error),
      lost: () => this.#lost(attempt),
    };
    around.starter.start(kit.plan, generation, listener);
  }

  #began(attempt: Attempt, run: Run): void {
    this.#over(attempt);
    this.nowRuns(run, 'spawned');
    this.#launch?.resolve(this.#state.view);
    this.#launch = null;
  }

  #failed(attempt: Attempt, error: DreamnetError): void {
    attempt.settle();
    this.#over(attempt);
    if (!this.#isWanted) return;
    this.#listener.onFailed(error);
    this.#launch?.reject(error);
    this.#launch = null;
  }

  /** Whoever should have started it died: nobody's fault here, so the next try is at once and not counted. */
  #lost(attempt: Attempt): void {
    attempt.settle();
    this.#over(attempt);
    if (!this.#isWanted) return;
    this.#enqueue({ isNew: false, isUrgent: true });
  }

  /** Nobody has stopped it, or let go of it, since the start was asked for. */
  get #isWanted(): boolean {
    return this.#state.phase === 'starting' && !this.#state.isReleased;
  }

  #over(attempt: Attempt): void {
    if (this.#attempt === attempt) this.#attempt = null;
  }
}

function createAttempt(): Attempt {
  let settle: Attempt['settle'] = () => undefined;
  const pid = new Promise<number | undefined>((resolve) => {
    settle = resolve;
  });
  return { pid, settle: (value) => settle(value) };
}
